/**
 * Keyboard layouts, as far as hand scanners use them. A scanner that is set to one layout, on a computer
 * that is set to another, presses the right keys of the wrong keyboard: `HC1:` arrives as `HC1Ö`.
 */

/** The keys in one order; each layout says what they give. */
const CODES = [
  "Backquote Digit1 Digit2 Digit3 Digit4 Digit5 Digit6 Digit7 Digit8 Digit9 Digit0 Minus Equal",
  "KeyQ KeyW KeyE KeyR KeyT KeyY KeyU KeyI KeyO KeyP BracketLeft BracketRight",
  "KeyA KeyS KeyD KeyF KeyG KeyH KeyJ KeyK KeyL Semicolon Quote Backslash",
  "KeyZ KeyX KeyC KeyV KeyB KeyN KeyM Comma Period Slash IntlBackslash IntlRo IntlYen",
]
  .join(" ")
  .split(" ");

/** Stands where a key gives nothing, or an accent that waits for a letter. */
const NONE = "\0";

export interface Layout {
  name: string;
  plain: string;
  shifted: string;
}

const layout = (name: string, plain: string[], shifted: string[]): Layout => ({
  name,
  plain: plain.join("").replaceAll("␀", NONE),
  shifted: shifted.join("").replaceAll("␀", NONE),
});

export const LAYOUTS: readonly Layout[] = [
  layout(
    "us",
    ["`1234567890-=", "qwertyuiop[]", "asdfghjkl;'\\", "zxcvbnm,./␀␀␀"],
    ["~!@#$%^&*()_+", "QWERTYUIOP{}", 'ASDFGHJKL:"|', "ZXCVBNM<>?␀␀␀"],
  ),
  layout(
    "jis",
    ["␀1234567890-^", "qwertyuiop@[", "asdfghjkl;:]", "zxcvbnm,./␀\\¥"],
    ["␀!\"#$%&'()␀=~", "QWERTYUIOP`{", "ASDFGHJKL+*}", "ZXCVBNM<>?␀_|"],
  ),
  layout(
    "de",
    ["␀1234567890ß␀", "qwertzuiopü+", "asdfghjklöä#", "yxcvbnm,.-<␀␀"],
    ['°!"§$%&/()=?␀', "QWERTZUIOPÜ*", "ASDFGHJKLÖÄ'", "YXCVBNM;:_>␀␀"],
  ),
  layout(
    "fr",
    ["²&é\"'(-è_çà)=", "azertyuiop␀$", "qsdfghjklmù*", "wxcvbn,;:!<␀␀"],
    ["␀1234567890°+", "AZERTYUIOP␀£", "QSDFGHJKLM%µ", "WXCVBN?./§>␀␀"],
  ),
];

/** What the scanner meant by keys that it pressed; undefined if the layout has no such key. */
export function meant(strokes: readonly { code: string; shift: boolean }[], scanner: Layout): string | undefined {
  let text = "";
  for (const { code, shift } of strokes) {
    const at = CODES.indexOf(code);
    const char = code === "Space" ? " " : (shift ? scanner.shifted : scanner.plain)[at];
    if (char === undefined || char === NONE) return undefined;
    text += char;
  }
  return text;
}

/** The text that a scanner of one layout meant, where a computer of another has read it. */
export function translated(text: string, scanner: Layout, computer: Layout): string | undefined {
  let out = "";
  for (const char of text) {
    const plain = computer.plain.indexOf(char);
    const shifted = computer.shifted.indexOf(char);
    const found = char === " " ? " " : plain >= 0 ? scanner.plain[plain] : scanner.shifted[shifted];
    if (found === undefined || found === NONE) return undefined;
    out += found;
  }
  return out;
}

/** Caps lock: every letter in the other case. */
export function otherCase(text: string): string {
  return text.replace(/[a-z]|([A-Z])/g, (letter, upper) => (upper ? letter.toLowerCase() : letter.toUpperCase()));
}
