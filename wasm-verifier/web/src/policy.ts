/** Trusted Types: the only scripts that are ever loaded by address are our own two workers. */

import readerUrl from "./reader/worker.ts?worker&url";

const own = new Map([
  ["reader", new URL(readerUrl, document.baseURI).href],
  ["service", new URL("sw.js", document.baseURI).href],
]);

const rules = {
  createScriptURL(name: string): string {
    const url = own.get(name);
    if (url === undefined) throw new TypeError("not a script of this page");
    return url;
  },
};

interface Factory {
  createPolicy(name: string, policy: typeof rules): { createScriptURL(name: string): unknown };
}

const factory = (globalThis as { trustedTypes?: Factory }).trustedTypes;
const policy = factory?.createPolicy("tegata", rules) ?? rules;

/** The address of one of our workers, in the form that this browser takes. */
export function scriptUrl(name: "reader" | "service"): string {
  // The types of the DOM do not know TrustedScriptURL yet.
  return policy.createScriptURL(name) as string;
}
