/** How many were checked, a day: numbers, and nothing of anybody. */

export const COUNTED = ["valid", "valid-check", "not-valid", "not-checked", "unreadable", "mismatch"] as const;
export type Counted = (typeof COUNTED)[number];
export type Day = Partial<Record<Counted, number>>;
export type Counts = Readonly<Record<string, Day>>;

/** Days that are kept. */
const DAYS_MAX = 14;

/** One more of a kind on a day. */
export function counted(counts: Counts, day: string, kind: Counted): Counts {
  const all = { ...counts, [day]: { ...counts[day], [kind]: (counts[day]?.[kind] ?? 0) + 1 } };
  return Object.fromEntries(Object.entries(all).sort().slice(-DAYS_MAX));
}

/** What was kept, as far as it is counts. */
export function readCounts(kept: unknown): Counts {
  if (typeof kept !== "object" || kept === null) return {};
  const days = Object.entries(kept).filter(([day]) => /^\d{4}-\d{2}-\d{2}$/.test(day));
  return Object.fromEntries(
    days.map(([day, of]) => [
      day,
      Object.fromEntries(
        COUNTED.flatMap((kind): [Counted, number][] => {
          const number: unknown = (of as Record<string, unknown> | null)?.[kind];
          return Number.isSafeInteger(number) && (number as number) > 0 ? [[kind, number as number]] : [];
        }),
      ),
    ]),
  );
}
