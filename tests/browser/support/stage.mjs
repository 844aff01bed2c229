/** What the tests play with: the folder that `browser_stage` wrote, and the words of the page. */

import { readFileSync } from "node:fs";
import { dirname, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const workspace = resolve(dirname(fileURLToPath(import.meta.url)), "../../..");
/** The page as it is built. */
export const pageFolder = process.env.TEGATA_PAGE ?? join(workspace, "wasm-verifier/web/dist");
export const packageFolder = join(workspace, "wasm-verifier/npm");

const folder = process.env.TEGATA_BROWSER_STAGE;
if (folder === undefined) {
  throw new Error("TEGATA_BROWSER_STAGE names no folder; write one with: cargo run -p tegata-tests --bin browser_stage DIR");
}

export const stageFolder = resolve(folder);
export const stage = JSON.parse(readFileSync(join(stageFolder, "stage.json"), "utf8"));

/** A path on the stage. */
export const onStage = (path) => join(stageFolder, path);

/** A case by its name. */
export function code(id) {
  const found = stage.cases.find((each) => each.id === id);
  if (found === undefined) throw new Error(`no case ${id}`);
  return found;
}

/** What the library says of a case. */
export const reportOf = (id) => JSON.parse(code(id).report);

/** A bundle of lists, as bytes. */
export const bundle = (name) => readFileSync(onStage(`bundles/${name}.cbor`));

export const LANGUAGES = ["ja", "en", "zh-Hans", "ko", "vi", "pt", "ja-easy"];
/** What the document says of itself in each. */
export const LOCALES = { ja: "ja", en: "en", "zh-Hans": "zh-Hans", ko: "ko", vi: "vi", pt: "pt", "ja-easy": "ja" };

const catalogues = new Map();

/** The whole catalogue of a language. */
export function words(language) {
  if (!catalogues.has(language)) {
    const path = join(workspace, "verifier/messages", `${language}.json`);
    catalogues.set(language, JSON.parse(readFileSync(path, "utf8")));
  }
  return catalogues.get(language);
}

/** A text of the catalogue, with `{name}` filled in. */
export function t(language, key, values = {}) {
  const text = words(language)[key];
  if (text === undefined) throw new Error(`${language}.json has no ${key}`);
  return text.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
}
