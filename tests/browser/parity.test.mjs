/** Every verdict is the same, byte for byte, natively, in Node and in a browser. */

import assert from "node:assert/strict";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { createServer } from "node:http";
import { once } from "node:events";
import { extname, join } from "node:path";
import { pathToFileURL } from "node:url";
import { after, test } from "node:test";
import { launch, open, PATIENCE, quitAll } from "./support/browser.mjs";
import { onStage, packageFolder, stage } from "./support/stage.mjs";

after(quitAll);

/** What the tests of the published vectors wrote down, if they did. */
const record = [process.env.TEGATA_RECORD].find((folder) => folder !== undefined && existsSync(folder));

/** Lists by their SHA-256. */
const lists = new Map();
const cases = [...ofStage(), ...ofVectors()];

function add(bytes) {
  const name = createHash("sha256").update(bytes).digest("hex");
  lists.set(name, bytes);
  return name;
}

/** Everything on the stage, also with the passports shown. */
function* ofStage() {
  const [current, newer, stale] = ["current", "newer", "stale"].map((name) => add(readFileSync(onStage(`bundles/${name}.cbor`))));
  const { now, root, old_root } = stage;
  for (const { id, text, report, newer: next, lists: by, zones, bound } of stage.cases) {
    yield by === "stale" ? { id, lists: stale, root: old_root, text, now, report } : { id, lists: current, root, text, now, report };
    yield { id: `${id} by newer lists`, lists: newer, root, text, now, report: next };
    for (const [at, zone] of (zones ?? []).entries()) {
      yield { id: `${id} with passport ${at}`, lists: current, root, text, now, zone, report: bound[at] };
    }
  }
  for (const { id, text, report } of stage.display) yield { id, lists: current, root, text, now, report };
}

function* ofVectors() {
  if (record === undefined) return;
  const seen = new Set();
  for (const file of readdirSync(record).filter((name) => name.endsWith(".ndjson")).sort()) {
    for (const [at, line] of readFileSync(join(record, file), "utf8").trimEnd().split("\n").entries()) {
      if (seen.has(line)) continue;
      seen.add(line);
      const { lists: name, root, text, now, report } = JSON.parse(line);
      if (!lists.has(name)) assert.equal(add(readFileSync(join(record, `${name}.cbor`))), name);
      yield { id: `${file}:${at + 1}`, lists: name, root, text, now, report };
    }
  }
}

/** Judges by the package. The same function runs in Node and in the page. */
async function judge({ init, open, readDocument }, cases, bytesOf) {
  await init();
  const opened = new Map();
  const wrong = [];
  for (const { id, lists, root, text, now, zone, report } of cases) {
    const key = `${lists} ${root} ${now}`;
    if (!opened.has(key)) opened.set(key, open(await bytesOf(lists), root, { demo: true, now }));
    const { ok, value, error } = opened.get(key);
    const document = zone === undefined ? undefined : readDocument(zone).value;
    const said = ok ? value.verifyToJson(text, now, { document }) : `lists: ${error.code}`;
    document?.free();
    if (said !== report) wrong.push({ id, said, report });
  }
  for (const { ok, value } of opened.values()) if (ok) value.free();
  return wrong;
}

/** The first differences, short. */
const told = (wrong) => wrong.slice(0, 10).map(({ id, said, report }) => ({ id, said: said.slice(0, 200), native: report.slice(0, 200) }));

test("what the record holds", { skip: record === undefined && "the published vectors were not written down: run their tests with TEGATA_RECORD" }, (context) => {
  const families = {};
  for (const { id } of cases) families[id.replace(/-[0-9a-f]{16}.*/, "")] = (families[id.replace(/-[0-9a-f]{16}.*/, "")] ?? 0) + 1;
  for (const [family, count] of Object.entries(families)) if (family.startsWith("vectors")) context.diagnostic(`${family}: ${count}`);
  assert.ok(cases.length > 500, `${cases.length} codes`);
});

test(`${cases.length} verdicts in Node`, async () => {
  const module = await import(pathToFileURL(join(packageFolder, "dist/node.js")));
  const wrong = await judge(module, cases, (name) => new Uint8Array(lists.get(name)));
  assert.deepEqual(told(wrong), [], `${wrong.length} of ${cases.length} differ`);
});

test(`${cases.length} verdicts in Chromium`, async () => {
  const types = { ".js": "text/javascript", ".wasm": "application/wasm", ".html": "text/html" };
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const send = (type, body) => response.writeHead(200, { "content-type": type }).end(body);
    if (path === "/") return send("text/html", "<!doctype html><title>parity</title>");
    if (path === "/cases.json") return send("application/json", JSON.stringify(cases));
    const bytes = lists.get(path.slice("/lists/".length));
    if (bytes !== undefined) return send("application/octet-stream", bytes);
    const file = join(packageFolder, path);
    if (!/^\/(dist|wasm)\/[\w.-]+$/.test(path) || !existsSync(file)) return response.writeHead(404).end();
    return send(types[extname(path)] ?? "application/octet-stream", readFileSync(file));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  try {
    const browser = await launch();
    const page = await open(browser, `http://127.0.0.1:${server.address().port}/`);
    page.setDefaultTimeout(10 * PATIENCE);
    const wrong = await page.evaluate(`(async () => {
      const module = await import("/dist/index.js");
      const cases = await (await fetch("/cases.json")).json();
      const bytesOf = async (name) => new Uint8Array(await (await fetch("/lists/" + name)).arrayBuffer());
      return (${judge})(module, cases, bytesOf);
    })()`);
    assert.deepEqual(told(wrong), [], `${wrong.length} of ${cases.length} differ`);
  } finally {
    server.closeAllConnections();
    server.close();
  }
});
