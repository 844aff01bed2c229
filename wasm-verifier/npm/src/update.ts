/** Getting lists from a web server: the only part of the package that asks a network. */

import { Updating } from "../wasm/tegata_wasm_verifier.js";
import { attempt, failure, type Result } from "./result.js";
import { deviceTime, Verifier, type Options } from "./verifier.js";

/** What {@link fetchLists} may be told. */
export interface FetchOptions extends Options {
  /** The verifier whose lists are to be brought up to date; it goes on with the newer ones. */
  held?: Verifier;
  /** Instead of the global `fetch`. */
  fetch?: typeof fetch;
  /** Ends the update; what was held stays. */
  signal?: AbortSignal;
}

/**
 * Brings lists up to date from the address of a repository, the folder that holds `v1/`; gets only what is not held.
 * Nothing of the newer lists is used unless all of it holds. Failures, beside the codes of lists: `offline` (no
 * answer), `http` (an answer that is not the file).
 */
export async function fetchLists(
  base: URL | string,
  root: string,
  options: FetchOptions = {},
): Promise<Result<{ verifier: Verifier; changed: boolean }>> {
  const { held, demo = false, now = deviceTime() } = options;
  const begun = attempt(() => held?.updating(now) ?? Updating.begin(root, demo, now));
  if (!begun.ok) return begun;
  const updating = begun.value;

  for (let path = updating.wanted(); path !== undefined; path = updating.wanted()) {
    const file = await get(new URL(path, asFolder(base)), path, updating.cap(), options);
    if (!file.ok) {
      updating.free();
      return file;
    }
    updating.give(file.value);
  }
  const finished = attempt(() => updating.finish());
  if (!finished.ok) return finished;
  const lists = finished.value;
  if (lists === undefined) {
    return held ? { ok: true, value: { verifier: held, changed: false } } : failure("list-withheld");
  }
  held?.replace(lists);
  return { ok: true, value: { verifier: held ?? new Verifier(lists), changed: true } };
}

function asFolder(base: URL | string): URL {
  const url = new URL(base, globalThis.location?.href);
  if (!url.pathname.endsWith("/")) url.pathname += "/";
  return url;
}

/** One file, or `undefined` if there is none; no more than one byte beyond `cap` is kept. */
async function get(
  url: URL,
  path: string,
  cap: number,
  options: FetchOptions,
): Promise<Result<Uint8Array | undefined>> {
  // Heads change and roots appear; every other file is named by its hash.
  const mutable = /^v1\/(head|root\/)/.test(path);
  const init: RequestInit = {
    cache: mutable ? "no-cache" : "default",
    credentials: "omit",
    referrerPolicy: "no-referrer",
    signal: options.signal ?? null,
  };
  try {
    const answer = await (options.fetch ?? fetch)(url, init);
    if (answer.status === 404 || answer.status === 410) return { ok: true, value: undefined };
    if (!answer.ok || !answer.body) return failure("http", String(answer.status));
    return { ok: true, value: await readUpTo(answer.body, cap + 1) };
  } catch (thrown) {
    return failure("offline", thrown instanceof Error ? thrown.name : undefined);
  }
}

async function readUpTo(body: ReadableStream<Uint8Array>, most: number): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let length = 0;
  const reader = body.getReader();
  while (length < most) {
    const { done, value } = await reader.read();
    if (done) break;
    parts.push(value.subarray(0, most - length));
    length += Math.min(value.length, most - length);
  }
  await reader.cancel();
  const bytes = new Uint8Array(length);
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
