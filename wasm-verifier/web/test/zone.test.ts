import { expect, test } from "vitest";
import { isZone, ZoneCollector } from "../src/zone.ts";

const FIRST = "P<UTOERIKSSON<<ANNA<MARIA<<<<<<<<<<<<<<<<<<<";
const SECOND = "L898902C36UTO7408122F1204159ZE184226B<<<<<10";

test("lines come one by one or together, with line ends or without", () => {
  const zone = new ZoneCollector();
  expect(zone.take(FIRST)).toBeUndefined();
  expect(zone.waiting).toBe(true);
  expect(zone.take(SECOND)).toBe(`${FIRST}\n${SECOND}`);
  expect(zone.waiting).toBe(false);
  expect(zone.take(`${FIRST}${SECOND}`)).toBe(`${FIRST}\n${SECOND}`);
  expect(zone.take(`${FIRST}\r\n${SECOND}\r\n`)).toBe(`${FIRST}\n${SECOND}`);
});

test("a code is no zone", () => {
  for (const text of ["HC1:ABC", "shc:/5676", "<<<<", FIRST.slice(1)]) expect(isZone(text)).toBe(false);
});
