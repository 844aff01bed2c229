import { expect, test } from "vitest";
import { ageWords, secondsSince } from "../src/age.ts";
import { dayWords, eraWords } from "../src/birth.ts";
import { isBehind, SKEW } from "../src/clock.ts";
import { Countdown } from "../src/countdown.ts";
import { STOP_AFTER, TIPS_AFTER, Unread } from "../src/unread.ts";

test("ages are told in one unit", () => {
  expect([0, 59, 60, 3_600, 86_400, 172_800].map((seconds) => ageWords(seconds, "en"))).toEqual([
    "1 second ago",
    "59 seconds ago",
    "1 minute ago",
    "1 hour ago",
    "24 hours ago",
    "2 days ago",
  ]);
  expect(ageWords(3 * 3_600, "ja")).toBe("3時間前");
  expect(secondsSince("2026-01-01T00:00:00Z", Date.UTC(2025, 0, 1) / 1000)).toBe(0);
});

test("birth dates are as precise as they are known, in no time zone", () => {
  expect(["1985-04-12", "1985-04", "1985", ""].map((date) => dayWords(date, "ja"))).toEqual([
    "1985年4月12日",
    "1985年4月",
    "1985年",
    undefined,
  ]);
  expect(dayWords("1985-04-12", "en")).toBe("April 12, 1985");
});

test("the era that Japanese papers use stands beside it", () => {
  expect(eraWords("1989-01-07", "ja")).toBe("昭和64年1月7日");
  expect(eraWords("1989-01-08", "ja")).toBe("平成元年1月8日");
  expect(eraWords("1989-01", "ja")).toBeUndefined();
  expect(eraWords("1989-01-08", "en")).toBeUndefined();
});

test("a clock is behind when a list was signed after now", () => {
  const at = Date.UTC(2026, 0, 1) / 1000;
  expect(isBehind(["2026-01-01T00:00:00Z"], at - SKEW)).toBe(false);
  expect(isBehind(["2026-01-01T00:00:00Z"], at - SKEW - 1)).toBe(true);
});

test("a countdown that is held goes on where it stopped", () => {
  const countdown = new Countdown(20, 0);
  expect(countdown.left(5_000)).toBe(15_000);
  countdown.toggle(5_000);
  expect([countdown.held, countdown.left(60_000), countdown.over(60_000)]).toEqual([true, 15_000, false]);
  countdown.toggle(60_000);
  expect([countdown.left(70_000), countdown.over(75_000)]).toEqual([5_000, true]);
  expect(new Countdown(0, 0).over(1e9)).toBe(false);
});

test("a code that is seen and not read brings tips, then the stop; another one begins anew", () => {
  const unread = new Unread();
  let at = 0;
  while (at < TIPS_AFTER) expect(unread.look(true, (at += 100) - 100)).toBe("nothing");
  expect(unread.look(true, at)).toBe("tips");
  // A frame without it, while the hand shakes, is no end.
  expect(unread.look(false, (at += 500))).toBe("tips");
  while (at < STOP_AFTER) unread.look(true, (at += 100));
  expect(unread.look(true, at)).toBe("stop");
  expect(unread.look(true, at + 5_000)).toBe("nothing");
});
