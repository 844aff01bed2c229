/** Ages in words. */

const UNITS = [
  ["day", 86_400, 2],
  ["hour", 3_600, 1],
  ["minute", 60, 1],
  ["second", 1, 0],
] as const;

/** How long ago, in one unit: `3 hours ago`. From two days on in days. */
export function ageWords(seconds: number, locale: string): string {
  const whole = Math.max(1, Math.floor(seconds));
  const [unit, size] = UNITS.find(([, size, from]) => whole >= size * Math.max(from, 1)) ?? UNITS[3];
  const words = new Intl.RelativeTimeFormat(locale, { numeric: "always" }).format(-Math.floor(whole / size), unit);
  // Japanese is set without blanks: 3時間前.
  return locale.startsWith("ja") ? words.replaceAll(" ", "") : words;
}

/** Seconds since a signed moment; one in the future is no age. */
export function secondsSince(moment: string, now: number): number {
  return Math.max(0, now - Date.parse(moment) / 1000);
}
