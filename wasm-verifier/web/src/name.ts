/** Showing texts of strangers: a certificate's names are signed, not harmless. As `display.rs` does it. */

/** Longer names are cut, with a mark. */
const LONGEST = 400;

/** Controls, changes of direction, and what is invisible: seen as their number instead. */
const HAZARD =
  /[\p{Cc}\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb\u{e0000}-\u{e00ff}\u{e0200}-\u{e0fff}]/u;

/** A piece of a text: as it is, or the number of a character that cannot be seen. */
export type Piece = { text: string } | { hidden: string };

/** The text in pieces, with nothing stripped silently. */
export function pieces(text: string): Piece[] {
  const out: Piece[] = [];
  let run = "";
  const flush = () => {
    if (run !== "") out.push({ text: run });
    run = "";
  };
  let place = 0;
  for (const char of text) {
    if (place++ === LONGEST) {
      run += "…";
      break;
    }
    if (HAZARD.test(char)) {
      flush();
      out.push({ hidden: `U+${(char.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, "0")}` });
    } else run += char;
  }
  flush();
  return out;
}

/** Whether a word mixes Latin, Greek or Cyrillic letters, which look alike: the name seen may not be the name written. */
export function mixesScripts(text: string): boolean {
  return text.split(/[^\p{Alphabetic}]/u).some((word) => {
    const scripts = [/\p{Script=Latin}/u, /\p{Script=Greek}/u, /\p{Script=Cyrillic}/u];
    return scripts.filter((script) => script.test(word)).length > 1;
  });
}

/** A name in Latin letters as passports print it: the fillers of the zone are blanks between names. */
export function spelled(part: string): string {
  return part.replaceAll("<", " ").trim();
}
