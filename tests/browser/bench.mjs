// What the page costs: a verdict beside WebCrypto in the same browser, and the way from camera to screen. Ratios bind;
// times are aims, and are told.

import { readFileSync } from "node:fs";
import { launch, open, quitAll } from "./support/browser.mjs";
import { begin, next, ready, settle, waitFor } from "./support/page.mjs";
import { servePackage } from "./support/package.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { bundle, code, onStage, stage } from "./support/stage.mjs";

/** What is measured in the page: our verdict, and the same text decoded by hand and verified by the browser. */
const beside = async ({ text, root, now }) => {
  const [{ init, open }, { unzlibSync }] = await Promise.all([import("/dist/index.js"), import("/fflate.js")]);
  await init();
  const lists = new Uint8Array(await (await fetch("/lists.cbor")).arrayBuffer());
  const opened = open(lists, root, { demo: true, now });
  if (!opened.ok) throw new Error(opened.error.code);
  const { value: verifier } = opened;
  if (verifier.verify(text, now).outcome !== "valid") throw new Error("the code is not valid");

  const ALPHABET = new Uint8Array(128);
  [..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"].forEach((char, at) => (ALPHABET[char.charCodeAt(0)] = at));
  function base45(text) {
    const bytes = new Uint8Array(Math.ceil((text.length * 2) / 3));
    let length = 0;
    for (let at = 0; at < text.length; at += 3) {
      const digit = (place) => ALPHABET[text.charCodeAt(at + place)];
      if (at + 2 < text.length) {
        const number = digit(0) + 45 * digit(1) + 2025 * digit(2);
        bytes[length++] = number >> 8;
        bytes[length++] = number & 255;
      } else bytes[length++] = digit(0) + 45 * digit(1);
    }
    return bytes.subarray(0, length);
  }
  const utf8 = new TextDecoder();
  function cbor(bytes) {
    let at = 0;
    const item = () => {
      const first = bytes[at++];
      const [major, info] = [first >> 5, first & 31];
      let number = info;
      if (info >= 24) {
        number = 0;
        for (let size = 1 << (info - 24); size > 0; size--) number = number * 256 + bytes[at++];
      }
      switch (major) {
        case 0: return number;
        case 1: return -1 - number;
        case 2: return bytes.subarray(at, (at += number));
        case 3: return utf8.decode(bytes.subarray(at, (at += number)));
        case 4: return Array.from({ length: number }, item);
        case 5: return new Map(Array.from({ length: number }, () => [item(), item()]));
        case 6: return item();
        default: return null;
      }
    };
    return item();
  }
  const head = (major, length) => (length < 24 ? [major | length] : length < 256 ? [major | 24, length] : [major | 25, length >> 8, length & 255]);
  function signed(text) {
    const frame = base45(text.slice(4));
    const [protectedHeader, , payload, signature] = cbor(frame[0] === 0x78 ? unzlibSync(frame) : frame);
    const start = [0x84, 0x6a, ...new TextEncoder().encode("Signature1"), ...head(0x40, protectedHeader.length)];
    const middle = [0x40, ...head(0x40, payload.length)];
    const message = new Uint8Array(start.length + protectedHeader.length + middle.length + payload.length);
    message.set(start);
    message.set(protectedHeader, start.length);
    message.set(middle, start.length + protectedHeader.length);
    message.set(payload, message.length - payload.length);
    return { message, payload, signature };
  }
  // The issuer's key, found among the lists' Ed25519 keys: the one under which the signature holds.
  let key;
  const mark = [0xa3, 1, 1, 0x20, 6, 0x21, 0x58, 0x20];
  for (let at = 0; at + 40 <= lists.length && key === undefined; at++) {
    if (!mark.every((byte, place) => lists[at + place] === byte)) continue;
    const candidate = await crypto.subtle.importKey("raw", lists.slice(at + 8, at + 40), "Ed25519", false, ["verify"]);
    const { message, signature } = signed(text);
    if (await crypto.subtle.verify("Ed25519", candidate, signature, message)) key = candidate;
  }
  if (key === undefined) throw new Error("no key of the lists verifies the code");

  const ours = () => verifier.verify(text, now).outcome === "valid";
  const theirs = async () => {
    const { message, payload, signature } = signed(text);
    return (await crypto.subtle.verify("Ed25519", key, signature, message)) && cbor(payload).size === 3;
  };
  const sides = [ours, theirs].map((run) => ({ run, rounds: [] }));
  for (let round = 0; round < 40; round++) {
    for (const { run, rounds } of sides) {
      const start = performance.now();
      for (let turn = 0; turn < 50; turn++) if (!(await run())) throw new Error("does not hold");
      rounds.push(((performance.now() - start) / 50) * 1000);
    }
  }
  const median = (values) => values.sort((a, b) => a - b)[values.length >> 1];
  // The first rounds are of code that is not warm yet.
  return sides.map(({ rounds }) => median(rounds.slice(5)));
};

let held = true;
function row(what, value, bound) {
  const ok = value <= bound;
  held &&= ok;
  console.log(`${what.padEnd(66)} ${value.toFixed(3)}  (at most ${bound.toFixed(2)})  ${ok ? "holds" : "BROKEN"}`);
}

const inflate = readFileSync(new URL("node_modules/fflate/esm/browser.js", import.meta.url));
const server = await servePackage((path) => ({ "/lists.cbor": bundle("current"), "/fflate.js": inflate })[path]);
const browser = await launch();
const page = await open(browser, server.url);
page.setDefaultTimeout(120_000);
const [ours, theirs] = await page.evaluate(`(${beside})(${JSON.stringify({ text: code("compact").text, root: stage.root, now: stage.now })})`);
console.log(`compact, text to verdict: ${ours.toFixed(0)} µs; WebCrypto with decoding by hand: ${theirs.toFixed(0)} µs`);
row("compact, text to verdict, to WebCrypto with decoding by hand", ours / theirs, 1);
server.stop();
await browser.close();

const site = await serve();
for (const [throttling, aims] of [[1, "aims: median 100, p95 250"], [6, "aim: p95 1000"]]) {
  const browser = await launch({ clip: onStage(stage.clips.bench.file) });
  const page = await open(browser, site.url);
  await waitFor(page, "start");
  await begin(page);
  await settle(page, { camera: "auto" });
  await ready(page);
  const session = await page.context().newCDPSession(page);
  await session.send("Emulation.setCPUThrottlingRate", { rate: throttling });
  const times = [];
  for (let turn = 0; turn < 12; turn++) {
    await waitFor(page, "valid", null);
    times.push(
      await page.evaluate(async () => {
        const mark = (name) => performance.getEntriesByName(name).at(-1)?.startTime;
        while (mark("verdict-shown") === undefined) await new Promise((resolve) => setTimeout(resolve, 10));
        return mark("verdict-shown") - mark("frame-captured");
      }),
    );
    await next(page);
  }
  times.sort((a, b) => a - b);
  const at = (part) => times[Math.min(times.length - 1, Math.floor(times.length * part))].toFixed(0);
  console.log(`frame that is read to verdict on screen, 1280x720${throttling > 1 ? `, ${throttling} times slower` : ""}: median ${at(0.5)} ms, p95 ${at(0.95)} ms (${aims})`);
  await browser.close();
}

await Promise.all([quitAll(), stopAll()]);
process.exit(held ? 0 : 1);
