/**
 * Reads the same texts in Node: `node readers.mjs PROGRAM`, where PROGRAM --cases prints them.
 * A lean reader of this file checks with node:crypto, with WebCrypto, and with @noble/curves where that is installed
 * (NODE_PATH or a node_modules folder above).
 */

import { execFileSync } from "node:child_process";
import { createPublicKey, verify, webcrypto } from "node:crypto";
import { createRequire } from "node:module";
import { inflateSync } from "node:zlib";

const cases = execFileSync(process.argv[2], ["--cases"], { encoding: "utf8" }).trim().split("\n").map((line) => JSON.parse(line));
const DIGITS = new Int16Array(128).fill(-1);
[..."0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:"].forEach((letter, at) => (DIGITS[letter.charCodeAt(0)] = at));

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

/** A value of CBOR: only the kinds that certificates use. */
function walk(bytes) {
  let at = 0;
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
      case 3: return Buffer.from(bytes.buffer, bytes.byteOffset + at, (at += value) && value).toString("utf8");
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

const string = (bytes) => [...(bytes.length < 24 ? [0x40 + bytes.length] : bytes.length < 256 ? [0x58, bytes.length] : [0x59, bytes.length >> 8, bytes.length & 255]), ...bytes];

/** Payload, signature, and what was signed. */
function open(text) {
  let bytes = base45(text);
  if (bytes[0] === 0x78) bytes = inflateSync(bytes);
  const [header, , payload, signature] = walk(bytes);
  const signed = Uint8Array.from([0x84, 0x6a, ...new TextEncoder().encode("Signature1"), ...string(header), 0x40, ...string(payload)]);
  return { payload, signature, signed };
}

const raw = (one) => Buffer.from(one.key, "hex");
const base64url = (bytes) => Buffer.from(bytes).toString("base64url");
const jwk = (one) =>
  one.algorithm === "ES256"
    ? { kty: "EC", crv: "P-256", x: base64url(raw(one).subarray(1, 33)), y: base64url(raw(one).subarray(33)) }
    : { kty: "OKP", crv: "Ed25519", x: base64url(raw(one)) };

async function readers(one) {
  const es256 = one.algorithm === "ES256";
  const key = createPublicKey({ key: jwk(one), format: "jwk" });
  const ways = new Map();
  ways.set("node:crypto", ({ signed, signature }) => (es256 ? verify("sha256", signed, { key, dsaEncoding: "ieee-p1363" }, signature) : verify(null, signed, key, signature)));
  const algorithm = es256 ? { name: "ECDSA", namedCurve: "P-256", hash: "SHA-256" } : { name: "Ed25519" };
  const imported = await webcrypto.subtle.importKey("jwk", jwk(one), algorithm, false, ["verify"]);
  ways.set("WebCrypto", ({ signed, signature }) => webcrypto.subtle.verify(algorithm, imported, signature, signed));
  const noble = installed(es256 ? "@noble/curves/nist.js" : "@noble/curves/ed25519.js");
  if (noble) {
    const { p256, ed25519 } = noble;
    ways.set("@noble/curves", ({ signed, signature }) => (es256 ? p256.verify(signature, signed, raw(one), { lowS: false }) : ed25519.verify(signature, signed, raw(one))));
  }
  return ways;
}

function installed(name) {
  try {
    return createRequire(`${process.cwd()}/`)(name);
  } catch {
    console.log(`! NOT MEASURED: npm ${name}\n    install it by: npm install @noble/curves`);
    return undefined;
  }
}

console.log(`\nReaders in Node ${process.versions.node}, text to payload`);
for (const one of cases.filter(({ text }) => /^(HC1|TG1):/.test(text))) {
  for (const [name, check] of await readers(one)) {
    const read = async () => {
      const opened = open(one.text);
      if (!(await check(opened))) throw new Error(`${name} refuses ${one.name}`);
      return walk(opened.payload);
    };
    const samples = [];
    for (let round = -3; round < 15; round++) {
      const [begun, count] = [performance.now(), name.startsWith("@") ? 15 : 150];
      for (let i = 0; i < count; i++) await read();
      if (round >= 0) samples.push(((performance.now() - begun) * 1000) / count);
    }
    samples.sort((a, b) => a - b);
    console.log(`  ${`${one.name}, lean JavaScript and ${name}`.padEnd(52)} ${`${samples[7].toFixed(2)} µs`.padStart(14)}`);
  }
}
