/**
 * Measures the page and the package in one Chromium: `node bench.mjs`, with the environment of the tests.
 * Arguments name groups to be measured alone: weights, texts, starts, cameras.
 * Ends with 1 where something that must hold does not; aims of time are printed and hold nothing up.
 */

import { existsSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { brotliCompressSync, constants, gzipSync } from "node:zlib";
import { launch, open, quitAll } from "./support/browser.mjs";
import { settle, waitFor } from "./support/page.mjs";
import { servePackage } from "./support/package.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { bundle, code, onStage, packageFolder, pageFolder, stage, workspace } from "./support/stage.mjs";

let held = true;

/** One line of the table. `must` is a bound that holds the build up, `aim` one that is only told. */
function row(what, value, unit, { must, aim, beside = "" } = {}) {
  const most = must ?? aim;
  const fits = most === undefined || value <= most;
  if (must !== undefined && !fits) held = false;
  const sign = most === undefined ? " " : fits ? "✓" : must === undefined ? "·" : "✕";
  const shown = unit === "bytes" ? `${value} bytes` : `${value.toFixed(unit === "×" ? 2 : unit === "µs" ? 1 : 0)} ${unit}`;
  const bound = must !== undefined ? `at most ${must}` : aim !== undefined ? `aim ${aim}` : "";
  console.log(`${sign} ${what.padEnd(58)} ${shown.padStart(14)}  ${bound.padEnd(16)} ${beside}`.trimEnd());
}

const sorted = (values) => [...values].sort((a, b) => a - b);
const percentile = (values, part) => sorted(values)[Math.min(values.length - 1, Math.floor(values.length * part))];

// ---- weights --------------------------------------------------------------------------------------

const brotli = (bytes) =>
  brotliCompressSync(bytes, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length },
  }).length;

/** What a browser that comes for the first time loads until it scans: everything that it asked for, as it asked. */
async function weights(browser) {
  const server = await serve();
  const page = await open(browser, server.url, { locale: "ja", serviceWorkers: "block" });
  await settle(page, { camera: "auto", language: "ja" });
  await page.locator("video").waitFor();
  const paths = new Set(page.record.asked.map(({ url }) => new URL(url).pathname.slice(new URL(server.url).pathname.length)));
  const files = [...paths].map((path) => (path === "" ? "index.html" : path)).filter((path) => existsSync(join(pageFolder, path)) && statSync(join(pageFolder, path)).isFile());
  await page.context().close();
  await server.stop();
  const loaded = files.map((file) => [file, brotli(readFileSync(join(pageFolder, file)))]);
  const [modules, scripts] = [/\.wasm$/, /\.js$/].map((kind) => loaded.filter(([file]) => kind.test(file)).length);
  if (modules !== 2 || scripts < 3) throw new Error(`the page did not load as it should: ${files}`);
  const sum = loaded.reduce((sum, [, weight]) => sum + weight, 0);
  row("first load of the page, one language, brotli", sum, "bytes", { must: 350_000, beside: `${loaded.length} files` });
  row("the package's module, brotli", brotli(readFileSync(join(packageFolder, "wasm/tegata_wasm_verifier_bg.wasm"))), "bytes", { must: 225_000 });
  const reader = join(workspace, "wasm-verifier/web/src/reader/wasm/tegata_wasm_reader_bg.wasm");
  row("the reader's module, gzip", gzipSync(readFileSync(reader), { level: 9 }).length, "bytes", { must: 90_000 });
}

// ---- text to verdict ------------------------------------------------------------------------------

/** Runs in the page: the package against what a lean script does with WebCrypto and fflate, of the same texts, in turns. */
async function race({ root, now, texts, key, rounds, each }) {
  const { init, open } = await import("/dist/index.js");
  await init();
  const lists = new Uint8Array(await (await fetch("/lists.cbor")).arrayBuffer());
  const opened = open(lists, root, { demo: true, now });
  if (!opened.ok) throw new Error(opened.error.code);
  const verifier = opened.value;

  const DIGITS = new Int8Array(128).fill(-1);
  [..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"].forEach((letter, at) => (DIGITS[letter.charCodeAt(0)] = at));
  /** Base45 after the four characters that name the family. */
  function base45(text) {
    const length = text.length - 4;
    const out = new Uint8Array(Math.floor(length / 3) * 2 + (length % 3 === 2 ? 1 : 0));
    let at = 0;
    for (let i = 4; i < text.length; i += 3) {
      const [a, b] = [DIGITS[text.charCodeAt(i)], DIGITS[text.charCodeAt(i + 1)]];
      if (i + 2 < text.length) {
        const n = a + b * 45 + DIGITS[text.charCodeAt(i + 2)] * 2025;
        out[at++] = n >> 8;
        out[at++] = n & 255;
      } else out[at++] = a + b * 45;
    }
    return out;
  }

  const utf8 = new TextDecoder();
  /** The value at a place: only the kinds that certificates use. */
  function walk(bytes, from) {
    let at = from;
    const head = () => {
      const first = bytes[at++];
      let value = first & 31;
      if (value >= 24) {
        const size = 1 << (value - 24);
        value = 0;
        for (let i = 0; i < size; i++) value = value * 256 + bytes[at++];
      }
      return [first >> 5, value];
    };
    const item = () => {
      const [kind, value] = head();
      switch (kind) {
        case 0: return value;
        case 1: return -1 - value;
        case 2: return bytes.subarray(at, (at += value));
        case 3: return utf8.decode(bytes.subarray(at, (at += value)));
        case 4: return Array.from({ length: value }, item);
        case 5: {
          const map = new Map();
          for (let i = 0; i < value; i++) map.set(item(), item());
          return map;
        }
        case 6: return item();
        default: return value;
      }
    };
    return item();
  }

  const hex = Uint8Array.from(key.match(/../g), (pair) => Number.parseInt(pair, 16));
  const [x, y] = [-2, -3].map((label) => walk(hex, 0).get(label));
  // A point of two numbers is P-256's.
  const [scheme, raw] = y === undefined ? ["Ed25519", x] : [{ name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" }, Uint8Array.of(4, ...x, ...y)];
  const imported = await crypto.subtle.importKey("raw", raw, scheme, false, ["verify"]);
  const { unzlibSync } = await import("/fflate.js");
  const CONTEXT = [0x84, 0x6a, ...new TextEncoder().encode("Signature1")];
  /** A byte string with its head. */
  const string = (bytes) => [...(bytes.length < 24 ? [0x40 + bytes.length] : bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 255])];
  async function lean(text) {
    const bytes = base45(text);
    const [protectedHeader, , payload, signature] = walk(bytes[0] === 0x78 ? unzlibSync(bytes) : bytes, 0);
    const [one, two] = [string(protectedHeader), string(payload)];
    const signed = new Uint8Array(CONTEXT.length + one.length + protectedHeader.length + 1 + two.length + payload.length);
    let at = 0;
    for (const part of [CONTEXT, one, protectedHeader, [0x40], two, payload]) {
      signed.set(part, at);
      at += part.length;
    }
    return (await crypto.subtle.verify(scheme, imported, signature, signed)) ? walk(payload, 0) : undefined;
  }

  for (const text of texts) {
    if (verifier.verify(text, now).certificate === null) throw new Error("a code that is not valid");
    if (!((await lean(text)) instanceof Map)) throw new Error("the lean script finds no certificate");
  }
  const times = { ours: [], theirs: [], lines: [], many: [] };
  const queue = Array.from({ length: each }, (_, i) => texts[i % texts.length]);
  for (let round = -5; round < rounds; round++) {
    let begun = performance.now();
    for (let i = 0; i < each; i++) verifier.verify(texts[i % texts.length], now);
    const ours = (performance.now() - begun) / each;
    begun = performance.now();
    for (let i = 0; i < each; i++) verifier.verifyToJson(texts[i % texts.length], now);
    const line = (performance.now() - begun) / each;
    begun = performance.now();
    verifier.verifyMany(queue, now);
    const many = (performance.now() - begun) / each;
    begun = performance.now();
    for (let i = 0; i < each; i++) await lean(texts[i % texts.length]);
    const theirs = (performance.now() - begun) / each;
    // The first rounds warm both up.
    if (round >= 0) times.ours.push(ours), times.theirs.push(theirs), times.lines.push(line), times.many.push(many);
  }
  return times;
}

/** Inflating would only slow the lean script down. Whether a compact text is not deflated: tag 18, then an array of four. Which of a stage's are differs from day to day. */
const isRaw = (text) => text.startsWith("TG1:RRQ");

async function texts(browser) {
  const raw = ["hanako", "compact", "revoked-later", "not-covered"].map((id) => code(id).text).filter(isRaw);
  if (raw.length < 2) throw new Error("too few codes that are not deflated");
  await compare(browser, "compact", { key: stage.compact_key, texts: raw });
  const eu = ["eu-dcc", "eu-test", "eu-recovery"].map((id) => code(id).text);
  await compare(browser, "eu-dcc", { key: stage.eu_key, texts: eu });
}

async function compare(browser, family, of) {
  const more = { "/lists.cbor": () => bundle("current"), "/fflate.js": () => readFileSync(join(workspace, "tests/browser/node_modules/fflate/esm/browser.js")) };
  const server = await servePackage((path) => more[path]?.());
  const page = await open(browser, server.url);
  page.setDefaultTimeout(300_000);
  const given = { root: stage.root, now: stage.now, rounds: 61, each: 50, ...of };
  const { ours, theirs, lines, many } = await page.evaluate(`(${race})(${JSON.stringify(given)})`);
  await page.context().close();
  server.stop();
  row(`${family} text → report, by the package`, percentile(ours, 0.5) * 1000, "µs");
  row("  many in one call, each", percentile(many, 0.5) * 1000, "µs");
  row("  the same as a line of JSON", percentile(lines, 0.5) * 1000, "µs");
  row("lean JavaScript and subtle.verify, of the same text", percentile(theirs, 0.5) * 1000, "µs");
  // Round by round: what disturbs the machine disturbs both.
  const ratios = (times) => times.map((time, round) => time / theirs[round]);
  const ratio = (what, times, must) => {
    const all = ratios(times);
    row(what, percentile(all, 0.5), "×", { must, beside: `${percentile(all, 0.25).toFixed(2)} to ${percentile(all, 0.75).toFixed(2)} in the middle half` });
  };
  // 1.3 times as fast.
  ratio("ratio of the report as objects, median of rounds", ours, 0.77);
  ratio("  the same as a line of JSON", lines, 0.77);
}

// ---- cold start -----------------------------------------------------------------------------------

/** Runs in a fresh page: how long it takes from nothing to the first verdict, in milliseconds. */
async function start({ root, now, text }) {
  const bytes = new Uint8Array(await (await fetch("/lists.cbor")).arrayBuffer());
  const begun = performance.now();
  const { init, open } = await import("/dist/index.js");
  await init();
  const opened = open(bytes, root, { demo: true, now });
  if (!opened.ok) throw new Error(opened.error.code);
  if (opened.value.verify(text, now).certificate === null) throw new Error("a code that is not valid");
  return performance.now() - begun;
}

/** Against another build of the package, of an earlier state: what makes it faster must not make it start later. */
async function starts(browser) {
  const older = process.env.TEGATA_OLDER_PACKAGE;
  if (older === undefined) {
    console.log("! NOT MEASURED: cold start beside an earlier state\n    name its package's folder by: TEGATA_OLDER_PACKAGE=…/wasm-verifier/npm");
    return;
  }
  const lists = (path) => (path === "/lists.cbor" ? bundle("current") : undefined);
  const servers = await Promise.all([packageFolder, resolve(older)].map((folder) => servePackage(lists, folder)));
  const times = [[], []];
  const given = { root: stage.root, now: stage.now, text: code("compact").text };
  for (let round = -3; round < 150; round++) {
    // Each goes first as often as second.
    for (const side of round % 2 === 0 ? [0, 1] : [1, 0]) {
      const page = await open(browser, servers[side].url);
      const time = await page.evaluate(`(${start})(${JSON.stringify(given)})`);
      await page.context().close();
      if (round >= 0) times[side].push(time);
    }
  }
  for (const server of servers) server.stop();
  const [ours, theirs] = times;
  row("cold start: load, lists, first verdict", percentile(ours, 0.5), "ms");
  row("  the same by the earlier state", percentile(theirs, 0.5), "ms");
  const ratios = ours.map((time, round) => time / theirs[round]);
  const beside = `${percentile(ratios, 0.25).toFixed(2)} to ${percentile(ratios, 0.75).toFixed(2)} in the middle half`;
  row("ratio of cold starts, median of pairs", percentile(ratios, 0.5), "×", { must: 1.05, beside });
}

// ---- camera to verdict ----------------------------------------------------------------------------

/** Runs in the page before it: notes when the first frame with a code was there, and when the verdict was on screen. */
function watch() {
  if (!location.href.startsWith("http")) return;
  globalThis.runs = [];
  /** When a code came into view, each time. */
  const came = [];
  let there = false;
  const canvas = document.createElement("canvas");
  [canvas.width, canvas.height] = [2, 2];
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const { requestVideoFrameCallback } = HTMLVideoElement.prototype;
  HTMLVideoElement.prototype.requestVideoFrameCallback = function (callback) {
    return requestVideoFrameCallback.call(this, (at, about) => {
      const now = performance.now();
      // The white around the symbol, at its upper left corner in a clip of 1280 by 720.
      context.drawImage(this, (this.videoWidth * 339) / 1280, (this.videoHeight * 59) / 720, 2, 2, 0, 0, 2, 2);
      const white = context.getImageData(0, 0, 1, 1).data[0] > 205;
      if (white && !there) came.push(now);
      there = white;
      callback(at, about);
    });
  };
  new MutationObserver(() => {
    if (document.querySelector("main")?.dataset.state !== "valid") return;
    // The frame that was read may not be the first that could be.
    const read = performance.getEntriesByName("frame-captured").at(-1).startTime;
    const from = came.findLast((at) => at <= read + 1) ?? read;
    came.length = 0;
    there = false;
    // After the frame that shows it was drawn.
    requestAnimationFrame(() => setTimeout(() => globalThis.runs.push(performance.now() - from)));
  }).observe(document, { subtree: true, childList: true, attributes: true, attributeFilter: ["data-state"] });
}

async function camera(browser, server, { slower, count }) {
  const page = await open(browser, server.url, { locale: "ja", init: watch });
  await settle(page, { camera: "auto", language: "ja" });
  if (slower > 1) {
    const session = await page.context().newCDPSession(page);
    await session.send("Emulation.setCPUThrottlingRate", { rate: slower });
  }
  for (let done = 0; done < count; done++) {
    await waitFor(page, "valid", null);
    await page.waitForFunction((count) => globalThis.runs.length >= count, done + 1);
    await page.locator(".decide .same").click();
  }
  const runs = await page.evaluate(() => globalThis.runs);
  await page.context().close();
  // The first has everything to compile.
  return runs.slice(1);
}

async function cameras() {
  const [browser, server] = [await launch({ clip: onStage(stage.clips.bench.file) }), await serve()];
  const usual = await camera(browser, server, { slower: 1, count: 25 });
  const beside = `${usual.length} scans at 1280×720`;
  row("camera: first readable frame → verdict on screen, median", percentile(usual, 0.5), "ms", { aim: 100, beside });
  row("  the same, 95th percentile", percentile(usual, 0.95), "ms", { aim: 250 });
  const slow = await camera(browser, server, { slower: 6, count: 13 });
  row("  the same, page's thread 6 times slower, 95th percentile", percentile(slow, 0.95), "ms", { aim: 1000, beside: `${slow.length} scans; browsers slow no workers` });
}

try {
  const browser = await launch({ clip: onStage(stage.clips.empty.file) });
  console.log(`Chromium ${browser.version()}\n`);
  for (const [name, group] of Object.entries({ weights, texts, starts, cameras })) {
    if (process.argv.length === 2 || process.argv.includes(name)) await group(browser);
  }
} finally {
  await Promise.all([quitAll(), stopAll()]);
}
process.exitCode = held ? 0 : 1;
