/** Birth dates and other days, as people write them. */

/** A day, month or year (`1985-04-12`, `1985-04`, `1985`) in words; undefined if nothing is known. */
export function dayWords(date: string, locale: string): string | undefined {
  const [year, month, day] = date.split("-").map(Number);
  if (year === undefined || Number.isNaN(year) || date === "") return undefined;
  const options: Intl.DateTimeFormatOptions = { timeZone: "UTC", calendar: "gregory", year: "numeric" };
  if (month !== undefined) options.month = "long";
  if (day !== undefined) options.day = "numeric";
  return new Intl.DateTimeFormat(locale, options).format(utc(year, month, day));
}

/** The same in the era that Japanese identity papers use; undefined before it began, or in another language. */
export function eraWords(date: string, locale: string): string | undefined {
  const [year, month, day] = date.split("-").map(Number);
  if (!locale.startsWith("ja") || year === undefined || month === undefined || day === undefined || year < 1873) {
    return undefined;
  }
  const options: Intl.DateTimeFormatOptions = { era: "long", year: "numeric", month: "long", day: "numeric" };
  return new Intl.DateTimeFormat("ja-JP-u-ca-japanese", { timeZone: "UTC", ...options }).format(utc(year, month, day));
}

/** A moment (`2026-01-02T03:04:05Z`) in the device's time zone. */
export function momentWords(moment: string, locale: string): string {
  return new Intl.DateTimeFormat(locale, { calendar: "gregory", dateStyle: "medium", timeStyle: "short" }).format(
    new Date(moment),
  );
}

function utc(year: number, month = 1, day = 1): Date {
  const date = new Date(0);
  // Not Date.UTC: it takes the years 0 to 99 for those of 1900.
  date.setUTCFullYear(year, month - 1, day);
  return date;
}
