/** The device's clock, and what speaks against it. */

/** Clocks may be behind by so much, in seconds: as the verifier has it. */
export const SKEW = 300;

/** Now, in seconds since 1970. */
export function now(): number {
  return Math.floor(Date.now() / 1000);
}

/** Whether a list was signed after `now`: then the clock is behind, for signatures do not come from the future. */
export function isBehind(signed: readonly string[], at: number): boolean {
  return signed.some((moment) => Date.parse(moment) / 1000 > at + SKEW);
}

/** The day of the device's time zone, as counts are kept by. */
export function localDay(at: number): string {
  const date = new Date(at * 1000);
  const two = (number: number) => String(number).padStart(2, "0");
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}
