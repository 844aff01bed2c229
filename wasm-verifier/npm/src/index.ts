/** For browsers: the module is fetched from beside this file, or from where {@link init} is told. */

import load, { type InitInput } from "../wasm/tegata_wasm_verifier.js";

export * from "./api.js";

/** Where the WebAssembly module comes from: an address, an answer, its bytes, or itself compiled. */
export type InitSource = InitInput | Promise<InitInput>;

let loaded: Promise<void> | undefined;

/** Loads the module, once; before anything else is called. Rejects if it cannot be fetched or compiled. */
export function init(source?: InitSource): Promise<void> {
  loaded ??= (source === undefined ? load() : load({ module_or_path: source })).then(
    () => undefined,
    (reason: unknown) => {
      // Another try may find the network again.
      loaded = undefined;
      throw reason;
    },
  );
  return loaded;
}
