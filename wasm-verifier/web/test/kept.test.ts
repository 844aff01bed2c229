import { expect, test } from "vitest";
import { pinOf, readConfig, readPin } from "../src/config.ts";
import { counted, readCounts } from "../src/counts.ts";
import { Recent } from "../src/recent.ts";
import { clearSeconds, FIRST, readSettings } from "../src/settings.ts";

test("counts are by day and kind, and old days go", () => {
  let counts = counted({}, "2026-01-01", "valid");
  counts = counted(counts, "2026-01-01", "valid");
  expect(counts).toEqual({ "2026-01-01": { valid: 2 } });
  for (let day = 10; day < 30; day++) counts = counted(counts, `2026-01-${day}`, "not-valid");
  expect(Object.keys(counts)).toHaveLength(14);
});

test("what was kept is read with suspicion", () => {
  expect(readCounts({ "2026-01-01": { valid: 2, name: 1, "not-valid": "<b>" }, "<b>": {} })).toEqual({ "2026-01-01": { valid: 2 } });
  expect(readCounts("<b>")).toEqual({});
  expect(readSettings({ view: "other", clear: 1e9, language: "__proto__", sound: 0 })).toEqual({ ...FIRST, clear: 200 });
  expect([0, 1, 20, Number.NaN].map(clearSeconds)).toEqual([0, 5, 20, 20]);
});

test("a code is known again by its mark, which is another one in another page", async () => {
  const [here, there] = [new Recent(), new Recent()];
  const mark = (await here.mark("HC1:A")) ?? "";
  expect(mark).toHaveLength(32);
  expect(await here.mark("HC1:A")).toBe(mark);
  expect(await here.mark("HC1:B")).not.toBe(mark);
  expect(await there.mark("HC1:A")).not.toBe(mark);
  here.note(mark, 7);
  expect(here.last(mark)).toBe(7);
});

test("a config is of this origin, and names a root", () => {
  const base = "https://tegata.example/verify/index.html";
  const config = { form: "tegata-page/1", root: "A".repeat(64), lists: "lists", demo: false };
  expect(readConfig(config, base)).toEqual({
    root: "a".repeat(64),
    lists: new URL("https://tegata.example/verify/lists/"),
    demo: false,
  });
  for (const wrong of [{ form: "other" }, { root: "a" }, { lists: "https://other.example/" }, { lists: 1 }]) {
    expect(readConfig({ ...config, ...wrong }, base)).toBeUndefined();
  }
  expect(readConfig(null, base)).toBeUndefined();
  const first = readConfig(config, base);
  expect(first && readPin(pinOf(first), base)).toEqual(first);
  for (const kept of [undefined, null, "x", { root: 1 }]) expect(readPin(kept, base)).toBeUndefined();
});
