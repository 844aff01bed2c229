/** Whoever was scanned is gone: by the clock, by a tap, when the page is left, and from wherever a browser keeps things. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { close, launch, open, quitAll } from "./support/browser.mjs";
import { assertForgotten, begin, button, check, everything, next, paste, settle, shown, spellings, waitFor } from "./support/page.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { code, onStage, reportOf, stage, t } from "./support/stage.mjs";

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch({ clip: onStage(stage.clips.empty.file) }), serve()]);
});
after(() => Promise.all([quitAll(), stopAll()]));

const { text, personal } = code("hanako");
const valid = reportOf("hanako");

/** A page with a valid certificate on screen, and what there was before it. */
async function withHanako(settings = {}) {
  const page = await open(browser, server.url, { locale: "en" });
  await settle(page, settings);
  const nobody = await everything(page);
  await check(page, text, valid);
  const seen = await everything(page);
  for (const part of personal.slice(0, 4)) assert.ok(seen.includes(part), `${part} is not even shown`);
  return [page, nobody];
}

/** What the page does when its window loses the focus or goes out of sight: browsers without a window tell it nothing. */
const blur = (page) => page.evaluate(() => window.dispatchEvent(new Event("blur")));
const hide = (page, hidden) =>
  page.evaluate((hidden) => {
    Object.defineProperty(document, "hidden", { configurable: true, value: hidden });
    Object.defineProperty(document, "visibilityState", { configurable: true, value: hidden ? "hidden" : "visible" });
    document.dispatchEvent(new Event("visibilitychange"));
  }, hidden);

describe("what was shown is gone", () => {
  test("after its time, with a ring that tells how long", async () => {
    const [page, nobody] = await withHanako({ clear: 5 });
    const begun = Date.now();
    assert.match(await page.locator(".ring").innerText(), /^[1-5]$/m);
    await waitFor(page, "scan");
    assert.ok(Date.now() - begun >= 2_500, "earlier than said");
    assert.ok((await shown(page)).includes(t("en", "page.scan.without-camera")));
    await assertForgotten(page, personal, nobody);
    await close(page);
  });

  test("not while it is held; and when it is let go, the time runs on", async () => {
    const [page, nobody] = await withHanako({ clear: 5 });
    const ring = page.locator(".ring");
    await ring.click();
    assert.equal(await ring.getAttribute("aria-pressed"), "true");
    await page.waitForTimeout(6_500);
    await waitFor(page, "valid");
    assert.ok((await shown(page)).includes("TEGATA HANAKO"));
    await ring.click();
    await waitFor(page, "scan");
    await assertForgotten(page, personal, nobody);
    await close(page);
  });

  test("never by itself where somebody has switched that off", async () => {
    const [page] = await withHanako({ clear: 0 });
    assert.equal(await page.locator(".ring").count(), 0);
    await page.waitForTimeout(6_000);
    await waitFor(page, "valid");
    await close(page);
  });

  const ways = {
    "by the button": (page) => button(page, "en", "page.verdict.match").click(),
    "by Escape": (page) => page.keyboard.press("Escape"),
    "by the back button": (page) => page.evaluate(() => history.back()),
    "when the window loses the focus": blur,
    "when the page is out of sight, as when the device is locked": (page) => hide(page, true),
  };
  for (const [name, leave] of Object.entries(ways)) {
    test(name, async () => {
      const [page, nobody] = await withHanako({ view: "border" });
      await leave(page);
      await waitFor(page, "scan");
      await assertForgotten(page, personal, nobody);
      await close(page);
    });
  }

  test("in the very turn in which the page goes out of sight", async () => {
    const [page] = await withHanako();
    const left = await page.evaluate((parts) => {
      Object.defineProperty(document, "hidden", { configurable: true, value: true });
      document.dispatchEvent(new Event("visibilitychange"));
      const markup = document.documentElement.outerHTML;
      return parts.filter((part) => markup.includes(part));
    }, ["HANAKO", "テガタ", "花子"]);
    assert.deepEqual(left, []);
    await close(page);
  });

  test("also when the page is closed and opened again", async () => {
    const [page, nobody] = await withHanako({ view: "border" });
    await page.goto("about:blank");
    await page.goBack();
    await waitFor(page, "scan");
    await assertForgotten(page, personal, nobody);
    await close(page);
  });

  test("a passport's zone too, matched or not", async () => {
    const [page, nobody] = await withHanako({ view: "border" });
    const { zones } = code("hanako");
    await page.locator(".zone textarea").fill(zones[1]);
    await button(page, "en", "page.mrz.check").click();
    await waitFor(page, "not-valid", "holder-mismatch");
    await next(page);
    await assertForgotten(page, [...personal, ...zones.flatMap((zone) => zone.split("\n")), "TK7654321", "SATO", "TARO"], nobody);
    await close(page);
  });
});

test("what was never valid leaves nothing either, nor does a text that was pasted and is none", async () => {
  const page = await open(browser, server.url, { locale: "en" });
  await settle(page);
  const nobody = await everything(page);
  for (const id of ["revoked", "expired", "tampered", "unknown-issuer"]) {
    await check(page, code(id).text, reportOf(id));
    await assertForgotten(page, [...personal, code(id).text], nobody);
    await next(page);
  }
  await paste(page, "Dear Ms HANAKO TEGATA, your table TK1234567 is ready");
  await waitFor(page, "not-checked", "not-a-certificate");
  await next(page);
  await assertForgotten(page, ["HANAKO", "TEGATA", "TK1234567", "Dear Ms"], nobody);
  await close(page);
});

test("the field for texts is empty after the check, and is not filled again", async () => {
  const page = await open(browser, server.url, { locale: "en" });
  await settle(page);
  const nobody = await everything(page);
  await button(page, "en", "page.scan.text").click();
  const field = page.locator("textarea");
  assert.equal(await field.getAttribute("autocomplete"), "off");
  await field.fill(text);
  await button(page, "en", "page.text.check").click();
  await waitFor(page, "valid");
  await next(page);
  await button(page, "en", "page.scan.text").click();
  assert.equal(await field.inputValue(), "");
  await assertForgotten(page, [...personal, text], nobody);
  await close(page);
});

test("nothing of a person goes into counts, settings or anything that stays", async () => {
  const page = await open(browser, server.url, { locale: "en" });
  await settle(page);
  for (const id of ["hanako", "compact", "revoked", "shc"]) {
    await check(page, code(id).text, reportOf(id));
    await next(page);
  }
  const kept = await page.evaluate(
    () =>
      new Promise((resolve) => {
        const opening = indexedDB.open("tegata");
        opening.onsuccess = () => {
          const store = opening.result.transaction("kept").objectStore("kept");
          const keys = store.getAllKeys();
          keys.onsuccess = () => {
            const counts = store.get("counts");
            counts.onsuccess = () => resolve({ keys: keys.result, counts: counts.result });
          };
        };
      }),
  );
  assert.deepEqual(kept.keys.sort(), ["counts", "lists", "pin", "settings"], "another record");
  const [[day, numbers]] = Object.entries(kept.counts);
  assert.match(day, /^\d{4}-\d{2}-\d{2}$/);
  assert.deepEqual(numbers, { valid: 3, "not-valid": 1 });
  await close(page);
});

test("the camera is off and its last picture gone once the page is out of sight", async () => {
  const page = await open(browser, server.url, { locale: "en" });
  await waitFor(page, "start");
  await begin(page, "en");
  await page.waitForFunction(() => document.querySelector("video")?.srcObject?.active === true);
  const ended = await page.evaluate(() => {
    const [track] = document.querySelector("video").srcObject.getTracks();
    Object.defineProperty(document, "hidden", { configurable: true, value: true });
    document.dispatchEvent(new Event("visibilitychange"));
    return [track.readyState, document.querySelector("video")?.srcObject ?? null];
  });
  assert.deepEqual(ended, ["ended", null]);
  await hide(page, false);
  await page.waitForFunction(() => document.querySelector("video")?.srcObject?.active === true);
  await close(page);
});

test("of the JavaScript heap nothing can be had that names who was cleared", async () => {
  const [page] = await withHanako({ view: "border" });
  const telling = [...spellings(personal).filter((part) => part !== "TEGATA"), text.slice(0, 60)];
  const found = async () => {
    const strings = await heap(page);
    return telling.filter((part) => strings.some((string) => string.includes(part)));
  };
  const seen = await found();
  for (const part of ["HANAKO", "手形　花子", "1984-04-01", text.slice(0, 60)]) assert.ok(seen.includes(part), `a heap without ${part} is not this page's`);
  await next(page);
  // Another code takes the places of what engines keep of the last one.
  await check(page, code("not-a-certificate").text, reportOf("not-a-certificate"));
  await next(page);
  assert.deepEqual(await found(), []);
  await close(page);
});

/** Every string of the page's heap. */
async function heap(page) {
  const session = await page.context().newCDPSession(page);
  let snapshot = "";
  session.on("HeapProfiler.addHeapSnapshotChunk", ({ chunk }) => (snapshot += chunk));
  await session.send("HeapProfiler.enable");
  await session.send("HeapProfiler.collectGarbage");
  await session.send("HeapProfiler.takeHeapSnapshot", { reportProgress: false });
  await session.detach();
  return JSON.parse(snapshot).strings;
}
