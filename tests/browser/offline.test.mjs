/** With the server gone, with lists that are newer, and with everything on the device that somebody could have changed. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { AWAY, close, launch, open, PATIENCE, quitAll } from "./support/browser.mjs";
import { atHome, button, check, next, ready, settle, shown, waitFor } from "./support/page.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { bundle, code, onStage, reportOf, stage, t } from "./support/stage.mjs";

let browser;
before(async () => {
  browser = await launch({ clip: onStage(stage.clips.hanako.file) });
});
after(() => Promise.all([quitAll(), stopAll()]));

const valid = { outcome: "valid", reason: null };
const [hanako, later] = [code("hanako").text, code("revoked-later").text];

/** A page that scans, and could do without its server. */
async function installed(server, settings = {}, options = {}) {
  const page = await open(browser, server.url, { locale: "en", expected: [AWAY], ...options });
  await waitFor(page, "start");
  await atHome(page);
  await settle(page, settings);
  return page;
}

/** What is kept under a key. */
const kept = (page, key) =>
  page.evaluate(
    (key) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("tegata");
        opening.onsuccess = () => {
          const getting = opening.result.transaction("kept").objectStore("kept").get(key);
          getting.onsuccess = () => {
            opening.result.close();
            const value = getting.result;
            resolve(value instanceof Uint8Array ? [...value] : value);
          };
          getting.onerror = () => reject(getting.error);
        };
      }),
    key,
  );

/** Puts something else under a key: bytes, or any other value. */
const keep = (page, key, value, asBytes = false) =>
  page.evaluate(
    ([key, value, asBytes]) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("tegata");
        opening.onsuccess = () => {
          const writing = opening.result.transaction("kept", "readwrite");
          writing.objectStore("kept").put(asBytes ? Uint8Array.from(value) : value, key);
          writing.oncomplete = () => resolve(opening.result.close());
          writing.onerror = () => reject(writing.error);
        };
      }),
    [key, value, asBytes],
  );

/** Asks again and again. */
async function until(holds) {
  for (const end = Date.now() + PATIENCE; !(await holds()); ) {
    assert.ok(Date.now() < end, "it never came");
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

describe("with the server gone", () => {
  test("the page opens anew and scans: by the camera, with every verdict, in every language that was never used", async () => {
    const server = await serve();
    const page = await installed(server, { camera: "auto" });
    await waitFor(page, "valid", null);
    await server.stop();
    await page.reload();
    await waitFor(page, "valid", null);
    assert.ok((await shown(page)).includes("TEGATA HANAKO"));
    await settle(page, { language: "ja" });
    for (const id of ["hanako", "shc", "vds-nc", "revoked", "tampered", "unknown-issuer", "not-a-certificate"]) {
      await check(page, code(id).text, reportOf(id));
      await next(page);
    }
    await page.locator("input[type=file]").setInputFiles(onStage(code("icvp").pictures[0]));
    await waitFor(page, "valid", null);
    await next(page);
    for (const language of ["vi", "ko", "zh-Hans", "pt", "ja-easy"]) {
      await settle(page, { language });
      await check(page, hanako, valid);
      assert.ok((await shown(page)).includes(t(language, "outcome.valid")));
    }
    await close(page);
  });

  test("the page's other addresses open too: with index.html, a question and a mark", async () => {
    const server = await serve();
    const page = await installed(server);
    await server.stop();
    for (const address of ["index.html", "?from=home", "#top"]) {
      await page.goto(server.url + address);
      await page.reload();
      await ready(page);
      await check(page, hanako, valid);
    }
    // The address is the tester's, not the page's.
    page.record.asked = page.record.asked.filter(({ url }) => !url.endsWith("?from=home"));
    await close(page);
  });

  test("an update says that there is no network, and the lists stay in force", async () => {
    const server = await serve();
    const page = await installed(server);
    await server.stop();
    await page.locator(".chip").click();
    await button(page, "en", "page.lists.update").click();
    await page.getByText(t("en", "page.lists.update-offline")).waitFor();
    await button(page, "en", "page.close").click();
    await check(page, hanako, valid);
    await close(page);
  });

  test("a device that never had lists says so, and takes them from a file", async () => {
    const server = await serve();
    const page = await open(browser, server.url, { locale: "en", expected: [AWAY] });
    await waitFor(page, "start");
    await atHome(page);
    // An update that is under way would keep lists and mark after they were taken away.
    await page.waitForFunction(() => localStorage.getItem("tegata-set-up") !== null);
    await keep(page, "lists", undefined);
    await page.evaluate(() => {
      localStorage.clear();
    });
    await server.stop();
    await page.reload();
    await waitFor(page, "help", "no-lists");
    const [chooser] = await Promise.all([page.waitForEvent("filechooser"), page.getByText(t("en", "page.lists.file")).click()]);
    await chooser.setFiles({ name: "lists.cbor", mimeType: "application/cbor", buffer: bundle("current") });
    await button(page, "en", "page.start.go").click();
    await settle(page);
    await check(page, hanako, valid);
    await close(page);
  });
});

describe("newer lists", () => {
  test("come by themselves once the server is back: a certificate that was valid is withdrawn", async () => {
    const server = await serve("current");
    const page = await installed(server);
    await check(page, later, valid);
    await next(page);
    await server.stop();
    await page.reload();
    await ready(page);
    await check(page, later, valid);
    await next(page);
    const old = await kept(page, "lists");
    await server.restart("newer");
    // What browsers tell a page when the network comes back.
    await page.evaluate(() => window.dispatchEvent(new Event("online")));
    await until(async () => (await kept(page, "lists")).length !== old.length);
    const wanted = JSON.parse(code("revoked-later").newer);
    await check(page, later, wanted);
    await next(page);
    // And they stay, with the server gone again.
    await server.stop();
    await page.reload();
    await ready(page);
    await check(page, later, wanted);
    await next(page);
    await check(page, hanako, valid);
    await close(page);
    await server.stop();
  });

  test("come from a file where there is never a network; older ones change nothing", async () => {
    const server = await serve("current");
    const page = await installed(server);
    await server.stop();
    await check(page, later, valid);
    await next(page);
    await page.locator(".chip").click();
    const choose = (name) => page.locator("dialog input[type=file]").setInputFiles({ name: "lists.cbor", mimeType: "", buffer: bundle(name) });
    await choose("newer");
    await page.getByText(t("en", "page.lists.update-done")).waitFor();
    await choose("newer");
    await page.getByText(t("en", "page.lists.update-same")).waitFor();
    await choose("current");
    await page.locator("dialog .updated").filter({ hasNotText: t("en", "page.lists.update-same") }).waitFor();
    await button(page, "en", "page.close").click();
    const wanted = JSON.parse(code("revoked-later").newer);
    await check(page, later, wanted);
    await next(page);
    await page.reload();
    await ready(page);
    await check(page, later, wanted);
    await close(page);
  });

  test("of another root are refused, from a file and from the server; what was there stays in force", async () => {
    const server = await serve("current", {});
    const page = await installed(server, {}, { expected: [AWAY] });
    await page.locator(".chip").click();
    const before = await kept(page, "lists");
    for (const bytes of [bundle("other-root"), bundle("newer").subarray(0, 900), Buffer.from("not lists")]) {
      await page.locator("dialog input[type=file]").setInputFiles({ name: "lists.cbor", mimeType: "", buffer: bytes });
      await page.locator("dialog .updated").filter({ hasText: /\S/ }).waitFor();
      assert.ok(!(await page.locator("dialog .updated").innerText()).includes(t("en", "page.lists.update-done")));
      await button(page, "en", "page.close").click();
      await page.locator(".chip").click();
    }
    server.lists = "other-root";
    server.config = { root: stage.root };
    await button(page, "en", "page.lists.update").click();
    await page.locator("dialog .updated").filter({ hasText: /\S/ }).waitFor();
    await button(page, "en", "page.close").click();
    assert.deepEqual(await kept(page, "lists"), before);
    await check(page, hanako, valid);
    await close(page);
    await server.stop();
  });

  test("a page that is set to another root than the one used first is not believed", async () => {
    const server = await serve("current", {});
    const page = await installed(server);
    server.lists = "other-root";
    await page.reload();
    await waitFor(page, "help", "other-root");
    const seen = await shown(page);
    assert.ok(seen.includes(stage.root.slice(0, 8)) && seen.includes(stage.other_root.slice(0, 8)), seen);
    assert.equal(await page.locator(".decide, video").count(), 0);
    await close(page);
    await server.stop();
  });

  test("a captive portal's answer is no update", async () => {
    const server = await serve("current", {});
    const page = await installed(server, {}, { expected: [AWAY, /status of \d+/] });
    await page.context().route("**/lists/**", (route) => route.fulfill({ contentType: "text/html", body: "<h1>Welcome to our hotel</h1>" }));
    await page.locator(".chip").click();
    await button(page, "en", "page.lists.update").click();
    await page.locator("dialog .updated").filter({ hasText: /\S/ }).waitFor();
    assert.ok(!(await page.locator("dialog .updated").innerText()).includes(t("en", "page.lists.update-done")));
    await button(page, "en", "page.close").click();
    await check(page, hanako, valid);
    await close(page);
    await server.stop();
  });
});

describe("what somebody changed on the device", () => {
  const changes = {
    "one byte in the middle": (record) => flipped(record, record.length >> 1),
    "one byte near the end": (record) => flipped(record, record.length - 40),
    "cut short": (record) => record.slice(0, -100),
    "the bundle of another root": () => [...bundle("other-root")],
  };
  const flipped = (record, at) => record.map((byte, place) => (place === at ? byte ^ 1 : byte));

  for (const [name, change] of Object.entries(changes)) {
    test(`in the record of the lists (${name}): refused and fetched anew; without the server a help card`, async () => {
      const server = await serve("current");
      const page = await installed(server);
      const good = await kept(page, "lists");
      assert.ok(good.length > 500, "lists are kept");
      await keep(page, "lists", change(good), true);
      await server.stop();
      await page.reload();
      await waitFor(page, "help");
      assert.match(await page.locator("main").getAttribute("data-reason"), /^(storage-evicted|no-lists|lists-refused)$/);
      assert.equal(await page.locator(".decide").count(), 0);
      await server.restart();
      // The page may have thrown the record away: it is put there again, changed.
      await keep(page, "lists", change(good), true);
      await page.reload();
      await ready(page);
      await check(page, hanako, valid);
      assert.deepEqual(await kept(page, "lists"), good, "the record is whole again");
      await close(page);
      await server.stop();
    });
  }

  test("in the record of the lists (no bytes at all)", async () => {
    const server = await serve("current");
    const page = await installed(server);
    for (const value of ["lists", { lists: true }, [1, 2, 3], null]) {
      await keep(page, "lists", value);
      await page.reload();
      await ready(page);
      await check(page, hanako, valid);
      await next(page);
    }
    await close(page);
    await server.stop();
  });

  test("in what is kept of the page (a script in the cache): refused and fetched anew; without the server it does not run", async () => {
    const server = await serve("current");
    const page = await installed(server, {}, { expected: [AWAY, /Failed to load|integrity|Failed to fetch|The FetchEvent/] });
    const poison = () =>
      page.evaluate(async () => {
        const poisoned = [];
        for (const name of await caches.keys()) {
          const cache = await caches.open(name);
          for (const request of await cache.keys()) {
            if (!/\/assets\/index-.*\.js$/.test(request.url)) continue;
            const script = await (await cache.match(request)).text();
            const headers = { "content-type": "text/javascript" };
            await cache.put(request, new Response(`globalThis.poisoned = true;${script}`, { headers }));
            poisoned.push(request.url);
          }
        }
        return poisoned;
      });
    assert.equal((await poison()).length, 1);
    await page.reload();
    await ready(page);
    assert.equal(await page.evaluate(() => globalThis.poisoned), undefined);
    await check(page, hanako, valid);
    // The cache is whole again: it does without the server.
    await server.stop();
    await page.reload();
    await ready(page);
    assert.equal((await poison()).length, 1);
    await page.reload();
    await page.waitForTimeout(1_500);
    assert.equal(await page.evaluate(() => globalThis.poisoned), undefined);
    assert.equal(await page.locator(".verdict").count(), 0);
    await close(page);
  });

  test("in the settings: nonsense is not believed", async () => {
    const server = await serve("current");
    const page = await installed(server);
    for (const value of [{ started: true, view: "admin", clear: -5, language: "constructor", camera: 7 }, "x", 42, null]) {
      await keep(page, "settings", value);
      await keep(page, "counts", { "<b>": { valid: 3 }, "2026-01-01": { valid: "<img src=x>" } });
      await page.reload();
      await page.waitForFunction(() => ["start", "scan"].includes(document.querySelector("main")?.dataset.state) && !document.querySelector(".loading"));
      assert.equal(await page.locator("main").getAttribute("data-view"), "venue");
      assert.equal(await page.locator("img, b").count(), 0);
    }
    await close(page);
    await server.stop();
  });
});

test("below a path of a larger site the page works as well, and asks for nothing outside it", async () => {
  const server = await serve("current", { base: "/verify/" });
  const page = await installed(server);
  await server.stop();
  await page.reload();
  await ready(page);
  await check(page, hanako, valid);
  await close(page);
});
