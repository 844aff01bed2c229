/** For Node: the module is read from the package's folder. */

import { readFile } from "node:fs/promises";
import { init as initFrom, type InitSource } from "./index.js";

export * from "./api.js";
export type { InitSource } from "./index.js";

/** Loads the module, once; before anything else is called. */
export async function init(source?: InitSource): Promise<void> {
  await initFrom(source ?? (await readFile(new URL("../wasm/tegata_wasm_verifier_bg.wasm", import.meta.url))));
}
