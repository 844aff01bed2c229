/** The machine-readable zone of a travel document, as it comes from a scanner line by line. */

/** Lines by their length (ICAO Doc 9303): passports, visas and cards. */
const LINES = new Map([
  [44, 2],
  [36, 2],
  [30, 3],
]);

const LINE = /^[A-Z0-9<]+$/;

/** Whether the text is a line of a zone, or a whole zone with or without line ends. */
export function isZone(text: string): boolean {
  return lines(text) !== undefined;
}

function lines(text: string): string[] | undefined {
  const parts = text.split(/\r?\n|\r/).filter((part) => part !== "");
  if (parts.length === 1 && parts[0] !== undefined && LINE.test(parts[0])) {
    const [all] = parts;
    for (const [length, count] of LINES) {
      if (all.length === length * count) {
        return Array.from({ length: count }, (_, line) => all.slice(line * length, (line + 1) * length));
      }
    }
  }
  const length = parts[0]?.length ?? 0;
  const fits = parts.every((part) => LINE.test(part) && part.length === length);
  return fits && parts.length <= (LINES.get(length) ?? 0) ? parts : undefined;
}

/** Puts the lines of a zone together. It holds personal data: to be cleared with the verdict. */
export class ZoneCollector {
  #lines: string[] = [];

  /** Takes a line or all; gives the zone once it is whole. */
  take(text: string): string | undefined {
    const found = lines(text);
    if (found === undefined) return undefined;
    // A line of another length is of another document.
    if (this.#lines[0]?.length !== found[0]?.length) this.#lines = [];
    this.#lines.push(...found);
    const count = LINES.get(found[0]?.length ?? 0) ?? 0;
    if (this.#lines.length < count) return undefined;
    const zone = this.#lines.slice(0, count).join("\n");
    this.clear();
    return zone;
  }

  /** Whether the first line is here and the next is not. */
  get waiting(): boolean {
    return this.#lines.length > 0;
  }

  clear(): void {
    this.#lines = [];
  }
}
