/**
 * Hand scanners that type (keyboard wedges). A scan is a burst of keys up to Enter, Tab or a pause. Blanks are
 * data, at both ends too: nothing is trimmed. What was garbled by a wrong layout is put right where the result
 * is sure, and otherwise refused: a code must never fail for the scanner's sake and look like a forgery.
 */

import { LAYOUTS, meant, otherCase, translated } from "./layouts.ts";
import { isZone } from "./zone.ts";

/** A longer pause between two keys ends a scan, in milliseconds. */
export const PAUSE = 150;
/** Shorter bursts are people at the keyboard: no certificate is as short. */
const SHORTEST = 10;
/** Longer than any certificate: a key that is stuck. */
const LONGEST = 20_000;

export interface Stroke {
  /** What the browser read, or `Dead`, `Process`, ... */
  key: string;
  /** The key that was pressed, or "" where the browser does not say. */
  code: string;
  shift: boolean;
  /** An input method took it. */
  composing: boolean;
}

/** What a scan came to. */
export type Typed = { text: string } | { trouble: "scanner-layout" | "ime" };

const WHOLE = [
  /^(HC1|TG1):[0-9A-Z $%*+\-./:]+$/,
  /^(shc|SHC):\/(\d+\/\d+\/)?\d+$/,
];

/** Whether the text is of a known family and of its alphabet throughout. */
function isWhole(text: string): boolean {
  return WHOLE.some((family) => family.test(text)) || isZone(text) || isObject(text);
}

function isObject(text: string): boolean {
  if (!text.startsWith("{")) return false;
  try {
    return typeof JSON.parse(text) === "object";
  } catch {
    return false;
  }
}

/** Reads what a scanner has typed. */
export function readStrokes(strokes: readonly Stroke[]): Typed {
  if (strokes.some((stroke) => stroke.composing)) return { trouble: "ime" };
  // The keys themselves are the better witness: the computer's layout and caps lock do not touch them.
  const byKey = strokes.every((stroke) => stroke.code !== "") ? LAYOUTS.map((layout) => meant(strokes, layout)) : [];
  const typed = strokes.every((stroke) => stroke.key.length === 1);
  return repaired(typed ? strokes.map((stroke) => stroke.key).join("") : undefined, byKey);
}

/** Reads what was typed or pasted as a text, of which the keys are not known. */
export function readText(text: string): Typed {
  return repaired(text, []);
}

function repaired(text: string | undefined, byKey: readonly (string | undefined)[]): Typed {
  const candidates = function* () {
    yield text;
    yield* byKey;
    if (text === undefined) return;
    yield otherCase(text);
    for (const scanner of LAYOUTS) {
      for (const computer of LAYOUTS) {
        if (scanner === computer) continue;
        yield translated(text, scanner, computer);
        yield translated(otherCase(text), scanner, computer);
      }
    }
  };
  for (const candidate of candidates()) {
    if (candidate !== undefined && isWhole(candidate)) return { text: candidate };
  }
  if (text === undefined || looksGarbled(text)) return { trouble: "scanner-layout" };
  return { text };
}

/** Not whole, and yet no other thing's text: letters that no code is made of, or the head of a known family. */
function looksGarbled(text: string): boolean {
  // Codes are ASCII throughout.
  if (/[^\x20-\x7e\n]/.test(text)) return true;
  return text.length > 40 && /^(hc[1!&]|tg[1!&]|shc[:;+>M.])/i.test(text);
}

interface KeyPress {
  key: string;
  code: string;
  keyCode: number;
  shiftKey: boolean;
  ctrlKey: boolean;
  altKey: boolean;
  metaKey: boolean;
  repeat: boolean;
  isComposing: boolean;
}

/** Collects the keys of one scan. The clock and the timer are the caller's. */
export class Wedge {
  #strokes: Stroke[] = [];
  /** Blanks that came before anything else: of a scan if more follows, else of a person who presses a button. */
  #blanks: Stroke[] = [];
  #last = -Infinity;

  /**
   * Takes a key at a time in milliseconds. `mine` tells that it belongs to a scan in progress, so that it must
   * not press a button of the page; `typed` comes with the key that ends a scan.
   */
  press(event: KeyPress, now: number): { mine: boolean; typed?: Typed } {
    if (now - this.#last > PAUSE) this.clear();
    const running = this.#strokes.length > 0;
    // A desk's scanner with AltGr layouts sends Ctrl+Alt; a shortcut of the browser is not ours.
    if (event.metaKey || event.ctrlKey !== event.altKey || event.repeat) return { mine: false };
    if (event.key === "Enter" || event.key === "Tab") {
      if (this.#strokes.length < SHORTEST) {
        this.clear();
        return { mine: false };
      }
      const typed = this.end();
      return typed === undefined ? { mine: true } : { mine: true, typed };
    }
    const composing = event.isComposing || event.keyCode === 229 || event.key === "Process";
    if (event.key.length !== 1 && event.key !== "Dead" && event.key !== "Unidentified" && !composing) {
      // Shift, Caps Lock and the like come between the letters.
      return { mine: false };
    }
    const stroke = { key: event.key, code: event.code, shift: event.shiftKey, composing };
    if (!running && event.key === " ") {
      this.#blanks.push(stroke);
      this.#last = now;
      return { mine: false };
    }
    if (this.#strokes.length >= LONGEST) this.clear();
    this.#strokes.push(...this.#blanks, stroke);
    this.#blanks = [];
    this.#last = now;
    return { mine: running };
  }

  /** Whether a scan is coming in. */
  get running(): boolean {
    return this.#strokes.length > 0;
  }

  /** The scan so far, ended by a pause; undefined if it was a person's keys. */
  end(): Typed | undefined {
    const strokes = this.#strokes;
    this.clear();
    return strokes.length < SHORTEST ? undefined : readStrokes(strokes);
  }

  clear(): void {
    this.#strokes = [];
    this.#blanks = [];
    this.#last = -Infinity;
  }
}
