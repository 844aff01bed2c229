import { expect, test } from "vitest";
import { isInApp, isIos, wayOut } from "../src/browser.ts";

const LINE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148 Safari Line/14.1.0";
const WEBVIEW = "Mozilla/5.0 (Linux; Android 14; Pixel 8; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/120.0 Mobile Safari/537.36";
const BARE = "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148";
const SAFARI = `${BARE} Version/18.0 Safari/604.1`;
const CHROME = "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0 Mobile Safari/537.36";

test("windows of apps are told from browsers, and from the home screen", () => {
  expect([LINE, WEBVIEW, BARE].map((agent) => isInApp(agent, false))).toEqual([true, true, true]);
  expect([SAFARI, CHROME].map((agent) => isInApp(agent, false))).toEqual([false, false]);
  expect(isInApp(BARE, true)).toBe(false);
});

test("the way out carries the page's address and nothing else", () => {
  const page = new URL("https://tegata.example/verify/?x=1#y");
  expect(wayOut(LINE, page)).toBe("https://tegata.example/verify/?openExternalBrowser=1");
  expect(wayOut(WEBVIEW, page)).toMatch(/^intent:\/\/tegata\.example\/verify\/#Intent;scheme=https;/);
  expect(wayOut(BARE, page)).toBe("x-safari-https://tegata.example/verify/");
  expect(wayOut(CHROME.replace("Android", "X11"), page)).toBeUndefined();
});

test("an iPad is known although it calls itself a Mac", () => {
  expect([isIos("Macintosh", 5), isIos("Macintosh", 0)]).toEqual([true, false]);
});
