import { describe, expect, test } from "vitest";
import { LAYOUTS, otherCase, translated } from "../src/layouts.ts";
import { PAUSE, readStrokes, readText, type Stroke, Wedge } from "../src/wedge.ts";

/** Every character of base45, with blanks at its end: they are data. */
const CODE = "HC1:6BF0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:QY  ";
const HEALTH_CARD = "shc:/5676290952432060346029243740446031222959532654603460292540772804336028702864716745222809286445";
const SEAL = '{"data":{"hdr":{"is":"UTO","t":"icao.vacc","v":1},"msg":{"pid":{"n":"SMITH BILL"}}},"sig":{"alg":"ES256"}}';

const layout = (name: string) => {
  const found = LAYOUTS.find((each) => each.name === name);
  if (found === undefined) throw new Error(name);
  return found;
};

describe.each(["jis", "de", "fr"])("a scanner set to US on a computer set to %s", (name) => {
  // German has an accent that waits where US has +: that one is put right by its key only.
  test.each([name === "de" ? CODE.replace("+", "") : CODE, HEALTH_CARD])("is put right: %s", (text) => {
    const arrived = translated(text, layout(name), layout("us"));
    expect(arrived).not.toBe(text);
    expect(readText(arrived ?? "")).toEqual({ text });
  });
});

test("a scanner set to JIS on a computer set to US is put right, JSON too", () => {
  for (const text of [CODE, SEAL]) {
    expect(readText(translated(text, layout("us"), layout("jis")) ?? "")).toEqual({ text });
  }
  expect(readText(translated(SEAL, layout("jis"), layout("us")) ?? "")).toEqual({ text: SEAL });
});

test("caps lock is put right, alone and on top of a wrong layout", () => {
  expect(readText(otherCase(CODE))).toEqual({ text: CODE });
  expect(readText(otherCase(translated(CODE, layout("jis"), layout("us")) ?? ""))).toEqual({ text: CODE });
});

test("what arrives right stays as it is, blanks at both ends too", () => {
  for (const text of [CODE, HEALTH_CARD, SEAL, "  a poster's own text  ", "https://tegata.example/?q=1"]) {
    expect(readText(text)).toEqual({ text });
  }
});

test("a code with a character outside its alphabet is refused, not judged", () => {
  expect(readText(`${CODE}{`)).toEqual({ trouble: "scanner-layout" });
  expect(readText("HC1:ÄÖÜ6BF0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ")).toEqual({ trouble: "scanner-layout" });
});

test("the keys themselves are read where accents are dead and layouts unknown", () => {
  const strokes = [..."TG1:AB^"].map(
    (char): Stroke => ({
      key: char === ":" ? "ç" : char === "^" ? "Dead" : char,
      code: char === ":" ? "Semicolon" : char === "^" ? "Equal" : /\d/.test(char) ? `Digit${char}` : `Key${char}`,
      shift: !/\d/.test(char),
      composing: false,
    }),
  );
  expect(readStrokes(strokes)).toEqual({ text: "TG1:AB+" });
});

describe("a wedge", () => {
  const press = (wedge: Wedge, key: string, at: number, more: object = {}) =>
    wedge.press(
      { key, code: "", keyCode: 0, shiftKey: false, ctrlKey: false, altKey: false, metaKey: false, repeat: false, isComposing: false, ...more },
      at,
    );

  test("takes a scan up to Enter, and keeps its blanks from pressing buttons", () => {
    const wedge = new Wedge();
    let at = 0;
    for (const key of CODE) expect(press(wedge, key, (at += 5)).mine).toBe(at > 5);
    expect(press(wedge, "Enter", (at += 5))).toEqual({ mine: true, typed: { text: CODE } });
  });

  test("ends a scan at a pause, and leaves people's keys alone", () => {
    const wedge = new Wedge();
    for (const [at, key] of [..."Tab and Enter"].entries()) press(wedge, key, at * (PAUSE + 1));
    expect(wedge.end()).toBeUndefined();
    expect(press(wedge, "Enter", 10_000)).toEqual({ mine: false });
    expect(press(wedge, " ", 20_000)).toEqual({ mine: false });
    for (const [at, key] of [...CODE].entries()) press(wedge, key, 30_000 + at * 5);
    expect(wedge.end()).toEqual({ text: CODE });
  });

  test("keeps the blanks that come first, and takes a button's blank for none of the scan's", () => {
    const wedge = new Wedge();
    for (const [at, key] of [...` ${CODE}`].entries()) press(wedge, key, 1_000 + at * 5);
    expect(wedge.end()).toEqual({ text: ` ${CODE}` });
    expect(press(wedge, " ", 20_000)).toEqual({ mine: false });
    expect(wedge.running).toBe(false);
    for (const [at, key] of [...CODE].entries()) press(wedge, key, 30_000 + at * 5);
    expect(wedge.end()).toEqual({ text: CODE });
  });

  test("knows an input method", () => {
    const wedge = new Wedge();
    for (let at = 0; at < 20; at++) press(wedge, "Process", at, { keyCode: 229 });
    expect(wedge.end()).toEqual({ trouble: "ime" });
  });
});
