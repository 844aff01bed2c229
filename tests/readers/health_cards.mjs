#!/usr/bin/env node
// Reads our SMART Health Cards with a library that is not ours, shc-protocol, and compares what it finds.
//
//     health_cards.mjs FOLDER MODULES
//
// FOLDER holds families.ndjson (see families.py; "jwks" is the issuer's key set), MODULES the installed
// npm packages. The library fetches key sets by itself: here it is handed the issuer's, and no
// network is touched. Exit status: 0 all hold, 1 something does not, 77 the package is missing.

import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, resolve } from "node:path";

const [folder, modules] = process.argv.slice(2);
const require = createRequire(join(resolve(modules), "package.json"));

let jwks = {};
const fetched = [];
let decode;
try {
  const fetcher = require.resolve("cross-fetch", { paths: [require.resolve("shc-protocol")] });
  const answer = async (url) => {
    fetched.push(url);
    return { json: async () => jwks };
  };
  require.cache[fetcher] = { id: fetcher, filename: fetcher, loaded: true, exports: { __esModule: true, default: answer } };
  decode = require("shc-protocol").default;
} catch (missing) {
  console.error(`skipped: ${missing.message.split("\n")[0]}`);
  process.exit(77);
}

const same = (what, found, expected) => {
  const [a, b] = [JSON.stringify(found), JSON.stringify(expected)];
  if (a !== b) throw new Error(`${what}: ${a}, not ${b}`);
};

async function read({ text, kid, jwks: keys, iss, expected }) {
  jwks = keys;
  const { header, payload, verifications } = await decode(text);
  if (!verifications.trustable) throw new Error(`does not verify: ${verifications.verificationError}`);
  same("kid", [verifications.verifiedBy, header.kid], [kid, kid]);
  same("iss", payload.iss, iss);
  same("asked", fetched.at(-1), `${iss}/.well-known/jwks.json`);
  const resources = payload.vc.credentialSubject.fhirBundle.entry.map((entry) => entry.resource);
  const patient = resources.find((resource) => resource.resourceType === "Patient");
  same("birth date", patient.birthDate, expected.birth);
  // As in the passport, words apart by blanks, and as registered.
  const [family, given] = [expected.family, expected.given].map((part) => part.replaceAll("<", " "));
  const passport = { use: "official", ...(family && { family }), ...(given && { given: [given] }) };
  same("names", patient.name, [passport, { use: "usual", text: expected.name }]);
  const doses = resources
    .filter((resource) => resource.resourceType === "Immunization")
    .map((dose) => [dose.occurrenceDateTime, dose.vaccineCode.coding[0].code, dose.lotNumber ?? null]);
  same("doses", doses, expected.doses.map((dose) => [dose.date, dose.cvx, dose.lot]));
}

const cases = readFileSync(join(folder, "families.ndjson"), "utf8")
  .split("\n")
  .filter(Boolean)
  .map((line) => JSON.parse(line))
  .filter((one) => one.format === "shc");
let failed = 0;
for (const [place, one] of cases.entries()) {
  try {
    await read(one);
  } catch (error) {
    failed += 1;
    if (failed <= 10) console.log(`  ${place}: ${error.message}`);
  }
}
console.log(`shc: ${cases.length - failed} of ${cases.length} read and verified`);
process.exit(failed > 0 || cases.length === 0 ? 1 : 0);
