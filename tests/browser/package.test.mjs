/** The package as somebody gets it: packed, installed into a fresh folder, used as its README says. */

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { close, launch, open, quitAll } from "./support/browser.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { code, onStage, packageFolder, reportOf, stage, workspace } from "./support/stage.mjs";

const modules = join(workspace, "wasm-verifier/node_modules");
let folder, tarball;
before(() => {
  folder = mkdtempSync(join(tmpdir(), "tegata-package-"));
  const said = execFileSync("npm", ["pack", "--json", "--pack-destination", folder], { cwd: packageFolder, encoding: "utf8" });
  [{ filename: tarball }] = JSON.parse(said);
});
after(async () => {
  await Promise.all([quitAll(), stopAll()]);
  rmSync(folder, { recursive: true, force: true });
});

/** A fresh project with nothing but the packed package. Nothing is asked of a registry: it has no dependencies. */
function project(name) {
  const place = join(folder, name);
  mkdirSync(place);
  writeFileSync(join(place, "package.json"), JSON.stringify({ name, private: true, type: "module" }));
  const line = ["install", "--offline", "--ignore-scripts", "--no-audit", "--no-fund", "--cache", join(folder, "cache"), join(folder, tarball)];
  execFileSync("npm", line, { cwd: place, stdio: "pipe" });
  return place;
}

test("it packs what it needs and nothing else", () => {
  const files = execFileSync("tar", ["tzf", join(folder, tarball)], { encoding: "utf8" }).trim().split("\n");
  for (const needed of ["package/package.json", "package/README.md", "package/dist/index.js", "package/dist/index.d.ts", "package/dist/update.js"]) {
    assert.ok(files.includes(needed), `${needed} is missing`);
  }
  assert.equal(files.filter((file) => file.endsWith(".wasm")).length, 1);
  const strange = files.filter((file) => !/^package\/(dist|wasm|examples)\/|^package\/(package\.json|README\.md|CHANGELOG\.md|LICENSE[\w-]*)$/.test(file));
  assert.deepEqual(strange, []);
});

test("publint and attw are content", () => {
  execFileSync("npm", ["run", "--silent", "check"], { cwd: packageFolder, stdio: "pipe" });
});

test("in a fresh script for Node it opens lists and gives the library's reports", () => {
  const place = project("script");
  writeFileSync(
    join(place, "verify.js"),
    `import { readFileSync } from "node:fs";
import { init, open } from "@tegata/verifier";
await init();
const [bundle, root, now, ...texts] = process.argv.slice(2);
const opened = open(new Uint8Array(readFileSync(bundle)), root, { demo: true, now: Number(now) });
for (const text of texts) console.log(opened.value.verifyToJson(text, Number(now)).trimEnd());
const [first] = texts;
for (const purpose of ["venue", "ihr-yellow-fever"]) console.log(opened.value.verifyToJson(first, Number(now), { purpose }).trimEnd());
console.log(JSON.stringify(opened.value.decide([first, first], "venue", Number(now)).map((report) => report.outcome)));
console.log(JSON.stringify(opened.value.verifyMany(texts, Number(now))));
console.log(JSON.stringify(open(new Uint8Array(readFileSync(bundle)), "f".repeat(64), { demo: true })));
`,
  );
  const ids = ["hanako", "shc", "revoked", "tampered", "not-a-certificate"];
  const line = ["verify.js", onStage("bundles/current.cbor"), stage.root, String(stage.now), ...ids.map((id) => code(id).text)];
  const said = execFileSync("node", line, { cwd: place, encoding: "utf8" }).trimEnd().split("\n");
  assert.deepEqual(said.slice(0, ids.length), ids.map((id) => code(id).report.trimEnd()));
  const { ruled } = code("hanako");
  assert.deepEqual(said.slice(ids.length, -3), [ruled.venue, ruled["ihr-yellow-fever"]].map((report) => report.trimEnd()));
  assert.deepEqual(JSON.parse(said.at(-3)), ["valid", "valid"]);
  assert.deepEqual(JSON.parse(said.at(-2)), ids.map((id) => JSON.parse(code(id).report)));
  assert.equal(JSON.parse(said.at(-1)).ok, false);
});

test("in a fresh Vite project it builds, and the built page shows the verdict in a browser", async () => {
  const place = project("vite-project");
  // The tool itself is the workspace's: the package is what is fresh.
  for (const name of ["vite", "rolldown", "@rolldown", "@oxc-project", "lightningcss", "lightningcss-linux-x64-gnu", "postcss", "picomatch", "tinyglobby", "fdir", "picocolors", "nanoid", "source-map-js", "detect-libc"]) {
    const [from, to] = [join(modules, name), join(place, "node_modules", name)];
    if (existsSync(from) && !existsSync(to)) symlinkSync(from, to);
  }
  writeFileSync(join(place, "index.html"), `<!doctype html><html lang="en"><title>t</title><p id="verdict"></p><script type="module" src="/main.js"></script></html>`);
  writeFileSync(
    join(place, "main.js"),
    `import { init, open } from "@tegata/verifier";
await init();
const lists = new Uint8Array(await (await fetch("lists.cbor")).arrayBuffer());
const opened = open(lists, ${JSON.stringify(stage.root)}, { demo: true });
const report = opened.value.verify(${JSON.stringify(code("hanako").text)});
document.getElementById("verdict").textContent = \`\${report.outcome} \${report.certificate.holder.romanised.given}\`;
`,
  );
  mkdirSync(join(place, "public"));
  cpSync(onStage("bundles/current.cbor"), join(place, "public/lists.cbor"));
  execFileSync("node", [join(modules, "vite/bin/vite.js"), "build", "--logLevel", "warn"], { cwd: place, stdio: "pipe" });
  const [browser, server] = await Promise.all([launch(), serve("current", { page: join(place, "dist") })]);
  const page = await open(browser, server.url, { expected: [/favicon/] });
  await page.locator("#verdict", { hasText: "valid HANAKO" }).waitFor();
  page.record.asked = page.record.asked.filter(({ url }) => !/lists\.cbor|favicon/.test(url));
  page.expected.push(/status of 404/);
  await close(page);
});

test("its example page runs as it is, served from its folder", async () => {
  const example = readFileSync(join(packageFolder, "examples/page.html"), "utf8");
  assert.ok(example.trimEnd().split("\n").length <= 30, "an example to be read at once");
  // The page stands in examples/ and loads ../dist and ../wasm.
  const policy = "default-src 'self' 'unsafe-inline' 'wasm-unsafe-eval'";
  const [browser, server] = await Promise.all([launch(), serve("current", { page: packageFolder, policy })]);
  const page = await open(browser, server.url, { goto: false });
  await page.goto(`${server.url}examples/page.html`);
  await page.locator("#lists, [name=lists]").setInputFiles({ name: "lists.cbor", mimeType: "", buffer: readFileSync(onStage("bundles/current.cbor")) });
  await page.locator("#root").fill(stage.root);
  for (const id of ["hanako", "tampered", "revoked"]) {
    await page.locator("#code").fill(code(id).text);
    const { outcome, title } = reportOf(id);
    await page.locator("#verdict", { hasText: `${outcome}: ${title.en}` }).waitFor();
  }
  page.record.asked = [];
  page.expected.push(/status of 404/);
  await close(page);
});
