/** Every screen of the page, one after the other: for axe, for large letters, and for the pictures in the documents. */

import { AWAY, close, launch, open } from "./browser.mjs";
import { begin, button, check, next, now, paste, settle, waitFor } from "./page.mjs";
import { serve } from "./server.mjs";
import { code, onStage, reportOf, stage, t } from "./stage.mjs";

/** Calls `look(name, page)` for each. `browser` is one whose camera sees nothing in particular. */
export async function eachScreen(browser, { language, only, ...options }, look) {
  const locale = language;
  const server = await serve();
  const wanted = (name) => only === undefined || only.includes(name);
  const see = async (name, page) => {
    if (wanted(name)) await look(name, page);
  };

  const page = await open(browser, server.url, { locale, ...options });
  await waitFor(page, "start");
  await see("start", page);
  await begin(page, language);
  // Not only there but showing something: before its first frame it is black.
  await page.waitForFunction(() => document.querySelector("video")?.currentTime > 0);
  await see("scan", page);
  for (const [name, key] of [["settings", "page.scan.settings"], ["text", "page.scan.text"]]) {
    await button(page, language, key).click();
    await page.locator("dialog").waitFor();
    await see(name, page);
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
  }
  await page.locator(".chip").click();
  await page.locator("dialog").waitFor();
  await see("lists", page);
  await page.keyboard.press("Escape");

  await settle(page, { language, clear: 200 });
  await see("scan-without-camera", page);
  await paste(page, code("shc-parts").parts[0]);
  await page.getByText(t(language, "page.scan.chunks", { have: 1, of: 2 })).waitFor();
  await see("scan-chunks", page);
  await button(page, language, "page.scan.chunks-restart").click();
  for (const id of ["hanako", "not-covered", "revoked", "expired", "tampered", "unknown-issuer", "not-a-certificate", "health-link"]) {
    await check(page, code(id).text, reportOf(id));
    await see(id === "hanako" ? "valid" : id, page);
    if (id === "not-covered") {
      await page.locator(".decide .other").click();
      await waitFor(page, "not-valid", "person-mismatch");
      await see("person-mismatch", page);
    }
    await next(page);
  }
  await check(page, code("hanako").text, reportOf("hanako"));
  await see("valid-again", page);

  await settle(page, { language, clear: 200, view: "counter" });
  for (const id of ["compact", "eu-test", "eu-recovery"]) {
    await check(page, code(id).text, reportOf(id));
    await see(`counter-${id}`, page);
    await next(page);
  }
  await settle(page, { language, clear: 200, view: "border" });
  const { text, zones, bound } = code("hanako");
  for (const [at, zone] of zones.entries()) {
    await check(page, text, reportOf("hanako"));
    if (at === 0) await see("border", page);
    await page.locator(".zone textarea").fill(zone);
    await button(page, language, "page.mrz.check").click();
    const said = JSON.parse(bound[at]);
    await waitFor(page, said.outcome, said.reason);
    await page.locator("[data-binding]").waitFor();
    await see(at === 0 ? "border-match" : "border-mismatch", page);
    await next(page);
  }
  await settle(page, { language, view: "kiosk" });
  for (const id of ["hanako", "tampered"]) {
    await check(page, code(id).text, reportOf(id));
    await see(`kiosk-${reportOf(id).outcome}`, page);
    await waitFor(page, "scan");
  }
  await see("kiosk-scan", page);
  await close(page);

  const old = await serve("stale");
  const stale = await open(browser, old.url, { locale, ...options });
  await settle(stale, { language, clear: 200 });
  await see("scan-stale", stale);
  await check(stale, code("list-stale").text, reportOf("list-stale"));
  await see("list-stale", stale);
  await close(stale);
  await old.stop();

  await help(browser, language, options, see);
  if (wanted("unreadable") || wanted("tips")) {
    const other = await launch({ clip: onStage(stage.clips.unreadable.file) });
    const page = await open(other, server.url, { locale, ...options });
    await waitFor(page, "start");
    await begin(page, language);
    await page.getByText(t(language, "page.tips.title")).waitFor();
    await see("tips", page);
    await waitFor(page, "unreadable");
    await see("unreadable", page);
    await close(page);
    await other.close();
  }
  await server.stop();
}

/** Every help card: those that a state of the world brings, each by that state. */
async function help(browser, language, options, see) {
  const locale = language;
  const card = async (name, page) => {
    await waitFor(page, "help", name);
    await see(`help-${name}`, page);
    await close(page);
  };
  const server = await serve("current", {});
  const begun = async (page) => {
    await waitFor(page, "start");
    await button(page, language, "page.start.go").click();
    return page;
  };
  const failing = (name) => `
    if (globalThis.MediaDevices !== undefined)
      MediaDevices.prototype.getUserMedia = () => Promise.reject(new DOMException("", "${name}"));`;
  for (const [name, error] of [["camera-denied", "NotAllowedError"], ["camera-taken", "NotReadableError"], ["no-camera", "NotFoundError"]]) {
    await card(name, await begun(await open(browser, server.url, { locale, ...options, init: failing(error) })));
  }
  const insecure = await serve("current", { host: "page.test" });
  await card("insecure", await begun(await open(browser, insecure.url, { locale, ...options })));
  await insecure.stop();
  const userAgent = "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 Safari Line/14.9.0";
  await card("in-app", await begun(await open(browser, server.url, { locale, ...options, userAgent })));
  const full = () => {
    const { put } = IDBObjectStore.prototype;
    IDBObjectStore.prototype.put = function (value, key) {
      if (key === "lists") throw new DOMException("full", "QuotaExceededError");
      return put.call(this, value, key);
    };
  };
  const crowded = await begun(await open(browser, server.url, { locale, ...options, init: full }));
  await crowded.locator("main[data-state=help], .chip:not([data-freshness=none])").first().waitFor();
  if ((await now(crowded))[0] === "scan") {
    await crowded.locator(".chip").click();
    await button(crowded, language, "page.lists.update").click();
    await waitFor(crowded, "help");
    await crowded.keyboard.press("Escape");
    await crowded.locator("dialog").waitFor({ state: "detached" });
  }
  await card("storage-full", crowded);
  await card("storage-evicted", await open(browser, server.url, {
    locale,
    ...options,
    expected: [AWAY],
    init: () => location.protocol === "http:" && localStorage.setItem("tegata-set-up", "1"),
    before: (context) => context.route("**/lists/**", (route) => route.abort()),
  }));
  const behind = { before: (context) => context.clock.install({ time: Date.now() - 3 * 86_400_000 }) };
  await card("clock", await open(browser, server.url, { locale, ...options, ...behind }));
  const away = { expected: [AWAY], before: (context) => context.route("**/lists/**", (route) => route.abort()) };
  await card("no-lists", await open(browser, server.url, { locale, ...options, ...away }));
  for (const [name, lists, config] of [["lists-refused", "other-root", { root: stage.root }], ["setup", "current", { root: "0" }]]) {
    const other = await serve(lists, { config });
    await card(name, await open(browser, other.url, { locale, ...options }));
    await other.stop();
  }
  const first = await open(browser, server.url, { locale, ...options });
  await settle(first, { language });
  server.lists = "other-root";
  await first.reload();
  await card("other-root", first);
  server.lists = "current";

  const expired = await open(browser, server.url, { locale, ...options, expected: [AWAY], before: (context) => context.clock.install({ time: Date.now() }) });
  await settle(expired, { language });
  await expired.clock.setSystemTime(Date.now() + 60 * 86_400_000);
  await expired.context().route("**/lists/**", (route) => route.abort());
  await expired.locator(".chip").click();
  await button(expired, language, "page.lists.update").click();
  await expired.locator("dialog .updated").filter({ hasText: /\S/ }).waitFor();
  await button(expired, language, "page.close").click();
  await card("lists-expired", expired);

  const scanner = await open(browser, server.url, { locale, ...options });
  await settle(scanner, { language });
  await paste(scanner, `HC1Ж${code("eu-dcc").text.slice(4)}`);
  await waitFor(scanner, "help", "scanner-layout");
  await see("help-scanner-layout", scanner);
  await scanner.locator(".help .primary").click();
  await waitFor(scanner, "scan");
  await scanner.evaluate(() => document.body.dispatchEvent(new CompositionEvent("compositionstart", { bubbles: true })));
  await card("ime", scanner);
  await server.stop();
}
