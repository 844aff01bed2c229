// After the build: compresses the page's files beside themselves, weighs what a browser loads, and marks the page as
// whole. Ends with 1 if something is too heavy.

import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";

const here = fileURLToPath(new URL(".", import.meta.url));
const dist = join(here, "web/dist");

/** In bytes. The module had 200,000; rules brought 25,000 more, of which a page that is set to a purpose makes use. */
const MOST = { verifier: 225_000, reader: 90_000, firstLoad: 350_000 };

function brotli(bytes) {
  const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
  return brotliCompressSync(bytes, { params: { ...params, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length } });
}

const files = readdirSync(dist, { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name).slice(dist.length + 1));
const weights = new Map();
for (const file of files.filter((file) => /\.(html|js|css|json|wasm|svg|webmanifest)$/.test(file))) {
  const compressed = brotli(readFileSync(join(dist, file)));
  writeFileSync(join(dist, `${file}.br`), compressed);
  weights.set(file, compressed.length);
}

// A browser loads one language; the service worker gets the others and the icons when the page is there.
const isLanguage = (file) => /^assets\/(ja|en|zh-Hans|ko|vi|pt|ja-easy)-[\w-]+\.js$/.test(file);
const languages = [...weights].filter(([file]) => isLanguage(file)).map(([, weight]) => weight);
// What is not found is not weighed, and must not count as light.
if (languages.length !== 7 || !weights.has("index.html")) throw new Error("the page's files are called otherwise than here");
const language = Math.max(...languages);
const loaded = [...weights].filter(([file]) => (file.startsWith("assets/") || file === "index.html") && !isLanguage(file));
const firstLoad = loaded.reduce((sum, [, weight]) => sum + weight, language);

const verifier = brotli(readFileSync(join(here, "npm/wasm/tegata_wasm_verifier_bg.wasm"))).length;
const reader = gzipSync(readFileSync(join(here, "web/src/reader/wasm/tegata_wasm_reader_bg.wasm")), { level: 9 }).length;

let held = true;
function row(what, weight, most) {
  const fits = weight <= most;
  held &&= fits;
  console.log(`${fits ? "✓" : "✕"} ${what}: ${weight} bytes (at most ${most})`);
}
row("the verifier's module, in the package and the page, brotli", verifier, MOST.verifier);
row("the reader's module, gzip", reader, MOST.reader);
row("first load of the page, brotli", firstLoad, MOST.firstLoad);

// Programs take the page in when this file is new.
rmSync(join(dist, ".built"), { force: true });
writeFileSync(join(dist, ".built"), `${new Date().toISOString()}\n`);
process.exit(held ? 0 : 1);
