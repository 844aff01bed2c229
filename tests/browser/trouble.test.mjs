/** What is wrong around the page: each its own card, with the next step, and never a verdict that is not one. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AWAY, close, launch, open, quitAll } from "./support/browser.mjs";
import { atHome, begin, button, check, next, now, paste, settle, shown, spellings, waitFor } from "./support/page.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { code, onStage, reportOf, stage, t, words } from "./support/stage.mjs";

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch({ clip: onStage(stage.clips.hanako.file) }), serve()]);
});
after(() => Promise.all([quitAll(), stopAll()]));

const { text, personal } = code("hanako");
const DAY = 86_400_000;

/** A profile whose clock is so many days off. */
const clockOff = (days) => ({ before: (context) => context.clock.install({ time: Date.now() + days * DAY }) });

/** Fails unless the page shows a help card with its words, and nobody. */
async function assertHelp(page, reason, language = "en") {
  await waitFor(page, "help", reason);
  const seen = await shown(page);
  for (const part of ["title", "text", "step"]) assert.ok(seen.includes(t(language, `page.help.${reason}.${part}`)), `${part}: ${seen}`);
  const markup = await page.content();
  assert.deepEqual(spellings(personal).filter((part) => markup.includes(part)), []);
}

describe("a clock", () => {
  test("that is behind the lists lets nothing be judged, and nothing again until it is put right", async () => {
    const page = await open(browser, server.url, { locale: "en", ...clockOff(-3) });
    await assertHelp(page, "clock");
    // A code that comes in all the same is not judged.
    await paste(page, text);
    await page.locator(".help .primary").click();
    await assertHelp(page, "clock");
    await page.clock.setSystemTime(Date.now());
    await page.locator(".help .primary").click();
    await waitFor(page, "start");
    await begin(page, "en");
    await waitFor(page, "valid", null);
    await close(page);
  });

  test("that falls behind while the page is open: could not check, and no name", async () => {
    const page = await open(browser, server.url, { locale: "en", ...clockOff(0) });
    await settle(page);
    await check(page, text, { outcome: "valid", reason: null });
    await next(page);
    await page.clock.setSystemTime(Date.now() - 3 * DAY);
    await paste(page, text);
    await waitFor(page, "not-checked", "clock-behind");
    assert.ok((await shown(page)).includes(words("en")["reason.clock-behind.title"]));
    const markup = await page.content();
    assert.deepEqual(spellings(personal).filter((part) => markup.includes(part)), []);
    await close(page);
  });

  test("that is behind at a start without a network: a card, not the lists' fault, and the lists stay", async () => {
    const other = await serve();
    const page = await open(browser, other.url, { locale: "en", expected: [AWAY], ...clockOff(0) });
    await settle(page);
    await atHome(page);
    await other.stop();
    await page.clock.setSystemTime(Date.now() - 3 * DAY);
    await page.reload();
    await page.clock.setSystemTime(Date.now() - 3 * DAY);
    await assertHelp(page, "clock");
    await page.clock.setSystemTime(Date.now());
    await page.locator(".help .primary").click();
    await waitFor(page, "scan");
    await check(page, text, { outcome: "valid", reason: null });
    await close(page);
  });

  test("that has run on while the lists were never renewed: they have expired, and nothing is judged", async () => {
    const other = await serve();
    const page = await open(browser, other.url, { locale: "en", expected: [AWAY], ...clockOff(0) });
    await settle(page);
    await atHome(page);
    await other.stop();
    await page.clock.setSystemTime(Date.now() + 60 * DAY);
    await paste(page, text);
    await waitFor(page, "not-checked", "list-expired");
    await close(page);
  });
});

describe("lists", () => {
  test("that expired before they ever came: the card says so", async () => {
    const expired = await serve("expired", {});
    const page = await open(browser, expired.url, { locale: "en" });
    await assertHelp(page, "lists-expired");
    await paste(page, text);
    assert.equal((await now(page))[0], "help");
    await close(page);
  });

  test("that are nowhere", async () => {
    const empty = await serve("current", { host: "localhost" });
    empty.lists = "nowhere";
    empty.config = { root: stage.root };
    const page = await open(browser, empty.url, { locale: "en", expected: [/status of 404/] });
    await waitFor(page, "help");
    assert.match((await now(page))[1], /^(no-lists|lists-refused)$/);
    await close(page);
  });

  test("that another root has signed", async () => {
    const other = await serve("other-root", { config: { root: stage.root } });
    const page = await open(browser, other.url, { locale: "en" });
    await assertHelp(page, "lists-refused");
    await close(page);
  });

  test("of a demonstration, in a page that is none", async () => {
    const real = await serve("current", { config: { demo: false } });
    const page = await open(browser, real.url, { locale: "en" });
    await assertHelp(page, "lists-refused");
    assert.ok((await shown(page)).includes("demo-refused"));
    await close(page);
  });

  for (const [what, config] of Object.entries({
    "no root": { root: undefined },
    "a root that is none": { root: "0123" },
    "lists of another origin": { lists: "https://lists.example/" },
    "another form": { form: "tegata-page/9" },
  })) {
    test(`of a page whose settings have ${what}`, async () => {
      const wrong = await serve("current", { config });
      const page = await open(browser, wrong.url, { locale: "en" });
      await assertHelp(page, "setup");
      await close(page);
    });
  }
});

describe("a place", () => {
  test("without https: the card says why the camera is not there", async () => {
    const insecure = await serve("current", { host: "page.test" });
    const page = await open(browser, insecure.url, { locale: "en" });
    assert.equal(await page.evaluate(() => isSecureContext), false);
    await waitFor(page, "start");
    await button(page, "en", "page.start.go").click();
    await assertHelp(page, "insecure");
    await button(page, "en", "page.without-camera").click();
    await waitFor(page, "scan");
    await check(page, code("tampered").text, reportOf("tampered"));
    await close(page);
  });

  const IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)";
  const ANDROID = "Mozilla/5.0 (Linux; Android 14; SO-51E Build/1; wv) AppleWebKit/537.36 (KHTML, like Gecko) Version/4.0 Chrome/126.0 Mobile Safari/537.36";
  for (const [app, userAgent, out] of [
    ["LINE on an iPhone", `${IPHONE} Safari Line/14.9.0`, /openExternalBrowser=1/],
    ["Instagram on Android", `${ANDROID} Instagram 300.0`, /^intent:/],
    ["a window of an app on Android", ANDROID, /^intent:/],
    ["WeChat on an iPhone", `${IPHONE} Mobile/15E148 MicroMessenger/8.0`, undefined],
  ]) {
    test(`inside ${app}: the way out, and the way on`, async () => {
      const page = await open(browser, server.url, { locale: "en", userAgent });
      await waitFor(page, "start");
      await button(page, "en", "page.start.go").click();
      await assertHelp(page, "in-app");
      const link = page.locator(".help a");
      if (out === undefined) assert.equal(await link.count(), 0);
      else assert.match(await link.getAttribute("href"), out);
      await button(page, "en", "page.continue").click();
      await waitFor(page, "valid", null);
      await close(page);
    });
  }
});

describe("a device", () => {
  test("without room: the lists work until the page is closed, and the card says so", async () => {
    const page = await open(browser, server.url, {
      locale: "en",
      init: () => {
        const { put } = IDBObjectStore.prototype;
        IDBObjectStore.prototype.put = function (value, key) {
          if (key === "lists") throw new DOMException("full", "QuotaExceededError");
          return put.call(this, value, key);
        };
      },
    });
    await waitFor(page, "start");
    // The lists may well be there before anybody has read the first screen.
    await page.waitForFunction(() => localStorage.length > 0);
    await button(page, "en", "page.start.go").click();
    await assertHelp(page, "storage-full");
    await button(page, "en", "page.continue").click();
    await waitFor(page, "valid", null);
    await close(page);
  });

  test("whose browser gives no storage at all: the page works, and says that nothing stays", async () => {
    const page = await open(browser, server.url, {
      locale: "en",
      init: () => {
        const none = () => {
          throw new DOMException("no", "SecurityError");
        };
        Object.defineProperty(globalThis, "indexedDB", { get: none });
        Object.defineProperty(globalThis, "localStorage", { get: none });
      },
    });
    await waitFor(page, "start");
    await begin(page, "en");
    await waitFor(page, "valid", null);
    await page.locator(".decide .same").click();
    await page.locator(".chip").click();
    await page.getByText(t("en", "page.lists.kept-not")).waitFor();
    await close(page);
  });

  test("whose browser has erased the lists: the card says that they were there", async () => {
    const other = await serve();
    const page = await open(browser, other.url, { locale: "en", expected: [AWAY] });
    await settle(page);
    await atHome(page);
    await page.evaluate(
      () =>
        new Promise((resolve) => {
          const opening = indexedDB.open("tegata");
          opening.onsuccess = () => {
            const erasing = opening.result.transaction("kept", "readwrite");
            erasing.objectStore("kept").clear();
            erasing.oncomplete = () => resolve(opening.result.close());
          };
        }),
    );
    await other.stop();
    await page.reload();
    await assertHelp(page, "storage-evicted");
    await other.restart();
    await page.locator(".help .primary").click();
    await waitFor(page, "start");
    await close(page);
  });

  test("can be reset, asked twice: everything is as at first", async () => {
    const page = await open(browser, server.url, { locale: "en" });
    await settle(page, { view: "border" });
    await check(page, code("revoked").text, reportOf("revoked"));
    await next(page);
    await button(page, "en", "page.scan.settings").click();
    await button(page, "en", "page.settings.reset").click();
    await button(page, "en", "page.settings.reset-sure").click();
    await waitFor(page, "start");
    assert.equal(await page.locator("main").getAttribute("data-view"), "venue");
    await close(page);
  });
});
