import { expect, test } from "vitest";
import { mixesScripts, pieces, spelled } from "../src/name.ts";

test("what acts instead of being seen is shown by its number", () => {
  expect(pieces("abc\u202etxt")).toEqual([{ text: "abc" }, { hidden: "U+202E" }, { text: "txt" }]);
  expect(pieces("A\u{e0041}\n")).toEqual([{ text: "A" }, { hidden: "U+E0041" }, { hidden: "U+000A" }]);
  expect(pieces("髙橋 﨑")).toEqual([{ text: "髙橋 﨑" }]);
  // A variation selector chooses the glyph of a registered name: it is part of it.
  expect(pieces("神\ufe00")).toEqual([{ text: "神\ufe00" }]);
});

test("long names are cut with a mark", () => {
  expect(pieces("A".repeat(500))).toEqual([{ text: `${"A".repeat(400)}…` }]);
});

test("a word of two scripts is noticed, and two words are not", () => {
  expect(mixesScripts("\u0410NNA")).toBe(true);
  expect(mixesScripts("АННА ANNA")).toBe(false);
  expect(mixesScripts("山田 Taro")).toBe(false);
});

test("fillers between names are blanks", () => {
  expect(spelled("ANNA<MARIA<")).toBe("ANNA MARIA");
});
