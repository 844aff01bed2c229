// Holds the types of a report to its schema, `verifier/src/report.schema.json`: each is the other, member by member.
// Ends with 1, and tsc's words, if they are not.

import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const here = fileURLToPath(new URL(".", import.meta.url));
const schema = JSON.parse(readFileSync(join(here, "../../verifier/src/report.schema.json"), "utf8"));

/** The types of JSON, and what TypeScript calls them. */
const PLAIN = { string: "string", integer: "number", number: "number", boolean: "boolean", null: "null" };

/** A schema as a type. What it may hold beyond types (patterns, conditions) is for the Rust side's tests. */
function typeOf(node) {
  if (node.$ref !== undefined) return typeOf(schema.$defs[node.$ref.replace("#/$defs/", "")]);
  if (node.const !== undefined) return JSON.stringify(node.const);
  if (node.enum !== undefined) return node.enum.map((value) => JSON.stringify(value)).join(" | ");
  if (node.anyOf !== undefined) return node.anyOf.map(typeOf).join(" | ");
  return [node.type].flat().map((type) => one(type, node)).join(" | ");
}

function one(type, node) {
  if (type === "array") return `(${typeOf(node.items)})[]`;
  if (type === "object") {
    if (node.additionalProperties !== false) throw new Error("an object whose members are not all told");
    const required = new Set(node.required);
    const members = Object.entries(node.properties).map(([name, member]) => `${JSON.stringify(name)}${required.has(name) ? "" : "?"}: ${typeOf(member)}`);
    return `{ ${members.join("; ")} }`;
  }
  if (PLAIN[type] === undefined) throw new Error(`a type that this does not know: ${type}`);
  return PLAIN[type];
}

// Two types are the same if no type tells them apart. All members are spread out first: an interface that extends
// nothing is then what its literal is.
const source = `import type { Report } from "../src/report.ts";
type Schema = ${typeOf(schema)};
type Plain<T> = T extends (infer Item)[] ? Plain<Item>[] : T extends object ? { [Name in keyof T]: Plain<T[Name]> } : T;
type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type Told = { [Name in keyof Schema | keyof Report]: Name extends keyof Schema & keyof Report ? Same<Plain<Schema[Name]>, Plain<Report[Name]>> : false };
export const members: { [Name in keyof Told]: true } = {} as Told;
export const schema: Same<Plain<Schema>, Plain<Report>> = true;
`;

const folder = mkdtempSync(join(here, ".check-"));
try {
  const file = join(folder, "report.ts");
  writeFileSync(file, source);
  const options = ["--noEmit", "--strict", "--exactOptionalPropertyTypes", "--allowImportingTsExtensions", "--module", "nodenext", "--target", "es2022", "--ignoreConfig"];
  const { status, error } = spawnSync("npx", ["--no-install", "tsc", ...options, relative(here, file)], { cwd: here, stdio: "inherit" });
  if (error !== undefined) throw error;
  if (status !== 0) console.error("the types in src/report.ts are not those of verifier/src/report.schema.json");
  process.exitCode = status;
} finally {
  rmSync(folder, { recursive: true });
}
