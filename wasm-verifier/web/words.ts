import type { Plugin } from "vite";

/** What the page says: its own words, and those of reports. The rest of the catalogue is the command line's. */
const SAID = /^(page|outcome|reason|recognised|step|binding|particular|weakness|rule|rules)\./;

/** Loads a language as far as the page speaks it. */
export function words(): Plugin {
  return {
    name: "tegata-words",
    enforce: "pre",
    transform(code, id) {
      if (!/\/messages\/[\w-]+\.json$/.test(id)) return undefined;
      const all = Object.entries(JSON.parse(code) as Record<string, string>);
      return JSON.stringify(Object.fromEntries(all.filter(([key]) => SAID.test(key))));
    },
  };
}
