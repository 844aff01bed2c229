/** In WebAssembly a signature holds exactly if it does natively: with tables of keys and without. */

import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { before, test } from "node:test";
import { workspace } from "./support/stage.mjs";

const script = process.env.TEGATA_WASM_CHECKS;
const skip = script === undefined && "the checks are not built: cargo xtask test browser";

/** As many bytes as tables may take. */
const LIMIT = 38_000_000;

let checks;
before(async () => {
  if (skip) return;
  checks = await import(pathToFileURL(script));
  checks.initSync({ module: readFileSync(script.replace(/\.js$/, "_bg.wasm")) });
});

const bytes = (hex) => Uint8Array.from(Buffer.from(hex, "hex"));

/** What the tests of the published vectors wrote down, each once. */
function recorded() {
  const folder = join(process.env.TEGATA_RECORD ?? "", "signatures");
  if (process.env.TEGATA_RECORD === undefined || !existsSync(folder)) return [];
  const lines = readdirSync(folder).flatMap((file) => readFileSync(join(folder, file), "utf8").trimEnd().split("\n"));
  return [...new Set(lines)].map((line) => JSON.parse(line));
}

const cases = recorded();
const skipCases = skip || (cases.length === 0 && "the published vectors were not written down: run their tests with TEGATA_RECORD");

for (const [how, limit] of [["with tables", LIMIT], ["without tables", 0]]) {
  test(`${cases.length} published signatures ${how}`, { skip: skipCases }, (context) => {
    checks.limit_to(limit);
    const keys = new Map();
    const wrong = [];
    let held = 0;
    for (const { key: cose, message, signature, holds } of cases) {
      if (!keys.has(cose)) {
        const key = checks.Key.read(bytes(cose));
        assert.ok(key, `a key that natively is one: ${cose}`);
        key.prepare();
        keys.set(cose, key);
      }
      // More than once: by a table that was made between, too.
      for (let time = 0; time < 3; time++) {
        if (keys.get(cose).verify(bytes(message), bytes(signature)) !== holds) wrong.push({ cose, message, signature, holds, time });
      }
      held += holds ? 1 : 0;
    }
    assert.deepEqual(wrong.slice(0, 5), [], `${wrong.length} of ${cases.length} differ`);
    assert.ok(held > 100 && cases.length - held > 100, `${held} of ${cases.length} hold`);
    assert.equal(checks.held() > 0, limit > 0, "tables are there exactly if they may be");
    for (const key of keys.values()) key.free();
    context.diagnostic(`${keys.size} keys; ${held} signatures hold, ${cases.length - held} do not`);
  });
}

test("the corpus of the fuzz target, and a byte off at every place", { skip }, () => {
  checks.limit_to(LIMIT);
  const folder = join(workspace, "fuzz/corpus/signatures");
  let held = 0;
  for (const file of readdirSync(folder)) {
    const input = new Uint8Array(readFileSync(join(folder, file)));
    // It traps where keys with tables and keys without do not say the same.
    held += checks.fuzz(input) ? 1 : 0;
    for (let place = 0; place < input.length; place++) {
      const changed = input.slice();
      changed[place] ^= 1 << place % 8;
      checks.fuzz(changed);
    }
  }
  assert.ok(held >= 12, `${held} inputs hold`);
});
