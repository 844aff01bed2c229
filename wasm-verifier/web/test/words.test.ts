import { readdirSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import en from "../../../verifier/messages/en.json";
import ja from "../../../verifier/messages/ja.json";

const source = new URL("../src/", import.meta.url);
const sources = readdirSync(source, { recursive: true, encoding: "utf8" })
  .filter((path) => /\.tsx?$/.test(path) && !path.startsWith("reader/wasm"))
  .map((path) => readFileSync(new URL(path, source), "utf8"));

/** Keys as they stand in the source, those with a part that is filled in as patterns. */
const used = sources.flatMap((text) => [...text.matchAll(/["'`](page\.[^"'`]+)["'`]/g)].map(([, key]) => key ?? ""));
const patterns = used.map((key) => new RegExp(`^${key.replaceAll(".", "\\.").replace(/\$\{[^}]+\}/g, "[a-z0-9-]+")}$`));
const pageKeys = Object.keys(ja).filter((key) => key.startsWith("page."));

test("every word that the page says is in Japanese and in English", () => {
  for (const [at, pattern] of patterns.entries()) {
    for (const words of [ja, en]) expect(Object.keys(words).some((key) => pattern.test(key)), used[at]).toBe(true);
  }
});

test("no word of the page is there for nothing", () => {
  expect(pageKeys.filter((key) => !patterns.some((pattern) => pattern.test(key)))).toEqual([]);
});

test("Japanese and English fill in the same places", () => {
  const places = (text: string) => [...text.matchAll(/\{\w+\}/g)].map(([place]) => place).sort();
  expect(Object.keys(en).filter((key) => key.startsWith("page.")).sort()).toEqual(pageKeys.sort());
  for (const key of pageKeys) {
    expect(places((en as Record<string, string>)[key] ?? ""), key).toEqual(places((ja as Record<string, string>)[key] ?? ""));
  }
});
