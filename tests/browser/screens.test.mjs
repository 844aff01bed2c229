/**
 * Pictures of every screen for the documents: `docs/screens`. They are written anew only if TEGATA_SCREENSHOTS is
 * set; otherwise this sees that they are there and as small as pictures in a repository should be.
 */

import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, test } from "node:test";
import { deflateSync, inflateSync } from "node:zlib";
import { launch, quitAll } from "./support/browser.mjs";
import { eachScreen } from "./support/screens.mjs";
import { stopAll } from "./support/server.mjs";
import { onStage, stage, workspace } from "./support/stage.mjs";

const folder = join(workspace, "docs/screens");
after(() => Promise.all([quitAll(), stopAll()]));

const PHONE = { width: 390, height: 844 };
const DESK = { width: 1280, height: 720 };
/** By language and size: what is the same in both languages but for the words is shown in one. */
const PICTURES = [
  ["ja", PHONE, ["start", "scan", "settings", "lists", "text", "valid", "not-covered", "revoked", "tampered", "not-a-certificate", "person-mismatch", "valid-again", "tips", "unreadable", "scan-chunks", "list-stale", "kiosk-valid", "help-camera-denied", "help-clock", "help-no-lists"]],
  ["en", PHONE, ["start", "valid", "expired", "unknown-issuer", "scan-stale", "help-in-app", "help-other-root"]],
  ["ja", DESK, ["valid", "border-match", "kiosk-not-valid", "scan-without-camera", "help-ime"]],
  ["en", DESK, ["scan", "valid", "counter-compact", "border-mismatch", "counter-eu-test", "help-scanner-layout", "help-lists-expired"]],
];
const name = (language, { width }, screen) => `${screen}.${language}.${width}.png`;

test("pictures of the screens", { skip: process.env.TEGATA_SCREENSHOTS === undefined && "TEGATA_SCREENSHOTS is not set" }, async () => {
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const browser = await launch({ clip: onStage(stage.clips.empty.file) });
  for (const [language, viewport, only] of PICTURES) {
    await eachScreen(browser, { language, viewport, only, reducedMotion: "reduce" }, async (screen, page) => {
      const picture = await page.screenshot({ animations: "disabled", caret: "hide" });
      writeFileSync(join(folder, name(language, viewport, screen)), fewerColours(picture));
    });
  }
});

test("the documents have every picture, and each is small", () => {
  const wanted = PICTURES.flatMap(([language, viewport, only]) => only.map((screen) => name(language, viewport, screen))).sort();
  assert.ok(wanted.length <= 40);
  assert.deepEqual(readdirSync(folder).filter((file) => file.endsWith(".png")).sort(), wanted);
  const large = wanted.filter((file) => statSync(join(folder, file)).size >= 100_000);
  assert.deepEqual(large, []);
  for (const file of wanted) assert.equal(readFileSync(join(folder, file)).subarray(1, 4).toString(), "PNG", file);
});

/** Makes a picture of eight bits a pixel of a browser's: screens have few colours, and letters' edges few more. */
function fewerColours(png) {
  const chunks = [];
  let head;
  for (let at = 8; at < png.length; ) {
    const length = png.readUInt32BE(at);
    const kind = png.toString("latin1", at + 4, at + 8);
    const data = png.subarray(at + 8, at + 8 + length);
    if (kind === "IHDR") head = { width: data.readUInt32BE(0), height: data.readUInt32BE(4), depth: data[8], colour: data[9] };
    if (kind === "IDAT") chunks.push(data);
    at += 12 + length;
  }
  const { width, height, depth, colour } = head;
  assert.ok(depth === 8 && (colour === 2 || colour === 6), "a picture as browsers write it");
  const rgb = unfiltered(inflateSync(Buffer.concat(chunks)), width, height, colour === 6 ? 4 : 3);
  return indexed(rgb, width, height);
}

/** The three colours of each pixel. */
function unfiltered(raw, width, height, size) {
  const line = width * size;
  const out = Buffer.alloc(line * height);
  for (let y = 0; y < height; y++) {
    const filter = raw[y * (line + 1)];
    for (let x = 0; x < line; x++) {
      const left = x >= size ? out[y * line + x - size] : 0;
      const up = y > 0 ? out[(y - 1) * line + x] : 0;
      const corner = x >= size && y > 0 ? out[(y - 1) * line + x - size] : 0;
      const guess = left + up - corner;
      const [a, b, c] = [left, up, corner].map((each) => Math.abs(guess - each));
      const paeth = a <= b && a <= c ? left : b <= c ? up : corner;
      const before = [0, left, up, (left + up) >> 1, paeth][filter];
      out[y * line + x] = (raw[y * (line + 1) + 1 + x] + before) & 255;
    }
  }
  if (size === 3) return out;
  const rgb = Buffer.alloc(width * height * 3);
  for (let i = 0; i < width * height; i++) out.copy(rgb, i * 3, i * 4, i * 4 + 3);
  return rgb;
}

/** The most frequent colours in full, and all others as the nearest of them. */
function indexed(rgb, width, height) {
  const counts = new Map();
  for (let i = 0; i < rgb.length; i += 3) {
    const colour = rgb.readUIntBE(i, 3);
    counts.set(colour, (counts.get(colour) ?? 0) + 1);
  }
  const palette = [...counts].sort(([, a], [, b]) => b - a).slice(0, 64).map(([colour]) => colour);
  const near = new Map(palette.map((colour, place) => [colour, place]));
  const parts = (colour) => [colour >> 16, (colour >> 8) & 255, colour & 255];
  const nearest = (colour) => {
    if (!near.has(colour)) {
      const [r, g, b] = parts(colour);
      const distance = (other) => parts(other).reduce((sum, part, at) => sum + (part - [r, g, b][at]) ** 2, 0);
      near.set(colour, palette.reduce((best, other, place) => (distance(other) < distance(palette[best]) ? place : best), 0));
    }
    return near.get(colour);
  };
  const lines = Buffer.alloc((width + 1) * height);
  for (let y = 0; y < height; y++) {
    for (let x = 0; x < width; x++) lines[y * (width + 1) + 1 + x] = nearest(rgb.readUIntBE((y * width + x) * 3, 3));
  }
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 3, 0, 0, 0], 8);
  const colours = Buffer.from(palette.flatMap(parts));
  const signature = Buffer.from([0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]);
  return Buffer.concat([signature, chunk("IHDR", header), chunk("PLTE", colours), chunk("IDAT", deflateSync(lines, { level: 9 })), chunk("IEND", Buffer.alloc(0))]);
}

function chunk(kind, data) {
  const body = Buffer.concat([Buffer.from(kind, "latin1"), data]);
  const ends = Buffer.alloc(8);
  ends.writeUInt32BE(data.length, 0);
  ends.writeUInt32BE(crc(body), 4);
  return Buffer.concat([ends.subarray(0, 4), body, ends.subarray(4)]);
}

function crc(bytes) {
  let value = ~0;
  for (const byte of bytes) {
    value ^= byte;
    for (let bit = 0; bit < 8; bit++) value = (value >>> 1) ^ (value & 1 ? 0xedb88320 : 0);
  }
  return ~value >>> 0;
}
