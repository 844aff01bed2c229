/** What the page says of each certificate, in each language and each view. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { close, launch, open, quitAll } from "./support/browser.mjs";
import { button, check, next, paste, settle, shown, spellings, waitFor } from "./support/page.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { code, LANGUAGES, LOCALES, reportOf, stage, t, words } from "./support/stage.mjs";

const current = stage.cases.filter(({ lists }) => lists === "current");
const FAMILIES = ["hanako", "compact", "eu-dcc", "icvp", "icvp-gen2", "shc", "vds-nc", "eu-test", "eu-recovery"];

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
});
after(() => Promise.all([quitAll(), stopAll()]));

/** What a holder's texts look like on screen. */
function nameLines({ holder }) {
  const { romanised, registered, kana } = holder;
  const latin = romanised && `${romanised.family} ${romanised.given}`.replaceAll("<", " ").trim();
  return [latin, registered, kana].filter((line) => line !== undefined && line !== "");
}

test("every certificate gets the library's verdict, and shows its holder only if it is valid", async () => {
  const page = await open(browser, server.url);
  await settle(page);
  for (const { id, text, personal } of current) {
    const report = reportOf(id);
    await check(page, text, report);
    const seen = await shown(page);
    assert.ok(seen.includes(t("ja", `outcome.${report.outcome}`)), `${id}: ${seen}`);
    if (report.reason !== null) {
      assert.ok(seen.includes(t("ja", `reason.${report.reason}.title`)), `${id}: ${seen}`);
      assert.ok(seen.includes(t("ja", `reason.${report.reason}.action`)), `${id}: ${seen}`);
    }
    if (report.certificate !== null) {
      const flat = seen.replace(/[\u2066-\u2069]/g, "");
      for (const line of nameLines(report.certificate)) assert.ok(flat.includes(line), `${id}: no ${line} in ${seen}`);
      const [year, month, day] = report.certificate.holder.birth.split("-").map(Number);
      assert.ok(seen.includes(`${year}年${month}月${day}日`), `${id}: no birth date in ${seen}`);
      assert.ok(seen.includes(t("ja", "page.verdict.compare")), `${id} asks for no ID: ${seen}`);
    } else {
      const markup = await page.content();
      const leaked = spellings(personal).filter((part) => markup.includes(part));
      assert.deepEqual(leaked, [], `${id} is ${report.outcome} and shows somebody`);
    }
    await next(page);
  }
  await close(page);
});

test("each of the four states has its own shape, pattern of words and heading, and the heading has the focus", async () => {
  const page = await open(browser, server.url);
  await settle(page);
  const seen = new Map();
  for (const id of ["hanako", "not-covered", "tampered", "not-a-certificate"]) {
    const report = reportOf(id);
    await check(page, code(id).text, report);
    const heading = page.locator(".answer h1");
    await page.waitForFunction(() => document.activeElement?.matches(".answer h1"));
    assert.equal(await page.locator(".answer").getAttribute("role"), "alert");
    const look = await page.evaluate(() => {
      const style = getComputedStyle(document.querySelector(".verdict"));
      return {
        shape: document.querySelector(".answer .shape .outline").getAttribute("d"),
        sign: document.querySelector(".answer .shape .sign").getAttribute("d"),
        ground: `${style.backgroundColor} ${style.backgroundImage}`,
      };
    });
    seen.set(report.outcome, { ...look, words: await heading.innerText() });
    await next(page);
  }
  assert.deepEqual([...seen.keys()].sort(), ["not-checked", "not-valid", "valid", "valid-check"]);
  for (const part of ["shape", "sign", "words", "ground"]) {
    assert.equal(new Set([...seen.values()].map((look) => look[part])).size, 4, `${part}: ${JSON.stringify([...seen])}`);
  }
  await close(page);
});

describe("in each language", () => {
  for (const language of LANGUAGES) {
    test(language, async () => {
      const page = await open(browser, server.url, { locale: language === "ja-easy" ? "ja" : language });
      await waitFor(page, "start");
      if (language === "ja-easy") {
        await page.locator(".choice select").selectOption("ja-easy");
        await page.getByRole("heading", { name: t(language, "page.start.title") }).waitFor();
      }
      const screens = [["start", await shown(page)]];
      const lang = () => page.evaluate(() => document.documentElement.lang);
      assert.equal(await lang(), LOCALES[language]);
      await settle(page, { language, view: "border" });
      assert.equal(await lang(), LOCALES[language]);
      assert.equal(await page.title(), t(language, "page.name"));
      screens.push(["scan", await shown(page)]);
      for (const id of ["hanako", "not-covered", "revoked", "expired", "tampered", "unknown-issuer", "not-a-certificate", "health-link", "eu-test", "eu-recovery"]) {
        const report = reportOf(id);
        await check(page, code(id).text, report);
        const seen = await shown(page);
        screens.push([id, seen]);
        assert.ok(seen.includes(t(language, `outcome.${report.outcome}`)), `${id}: ${seen}`);
        if (report.reason !== null) assert.ok(seen.includes(t(language, `reason.${report.reason}.title`)), `${id}: ${seen}`);
        await next(page);
      }
      for (const panel of ["page.scan.settings", "page.scan.text"]) {
        await button(page, language, panel).click();
        screens.push([panel, await shown(page)]);
        await button(page, language, "page.close").click();
      }
      await page.locator(".chip").click();
      screens.push(["lists", await shown(page)]);
      await button(page, language, "page.close").click();
      // A key that is shown is a text that is missing.
      const key = /\b(page|reason|outcome|step|binding|particular|weakness)(\.[a-z0-9-]+)+\b|\{\w+\}|undefined|\[object/;
      for (const [screen, seen] of screens) assert.doesNotMatch(seen, key, `${language}: ${screen}`);
      await close(page);
    });
  }

  test("no catalogue lacks a text that another has", () => {
    const keys = (language) => Object.keys(words(language)).sort();
    for (const language of LANGUAGES) assert.deepEqual(keys(language), keys("en"), language);
  });
});

describe("each view shows what it is for", () => {
  const doses = (report) => report.certificate.doses ?? [];

  test("the venue: name and birth date, and nothing of doses, documents or tests", async () => {
    const page = await open(browser, server.url);
    await settle(page, { view: "venue" });
    for (const id of FAMILIES) {
      const report = reportOf(id);
      await check(page, code(id).text, report);
      const markup = await page.content();
      const { holder } = report.certificate;
      const hidden = [holder.document?.number, ...doses(report).flatMap(({ lot, vaccine }) => [lot, vaccine.code])];
      const visible = hidden.filter((text) => text !== undefined && text.length > 3 && markup.includes(text));
      assert.deepEqual(visible, [], id);
      assert.equal(await page.locator(".record").count(), 0, id);
      await next(page);
    }
    await close(page);
  });

  test("the counter: doses, tests and recoveries too, and no document", async () => {
    const page = await open(browser, server.url);
    await settle(page, { view: "counter" });
    for (const id of FAMILIES) {
      const report = reportOf(id);
      await check(page, code(id).text, report);
      const seen = await shown(page);
      const { certificate } = report;
      for (const { lot, vaccine } of doses(report)) {
        assert.ok(seen.includes(vaccine.code), `${id}: ${vaccine.code}`);
        if (vaccine.name !== undefined) assert.ok(seen.includes(vaccine.name), `${id}: ${vaccine.name}`);
        if (lot !== undefined) assert.ok(seen.includes(lot), `${id}: ${lot}`);
      }
      if (id === "eu-test") assert.ok(seen.includes(t("ja", "page.test.outcome.not-detected")), seen);
      if (id === "eu-recovery") assert.ok(seen.includes(t("ja", "page.recovery.title")), seen);
      const { document } = certificate.holder;
      if (document !== undefined) assert.ok(!seen.includes(document.number), id);
      await next(page);
    }
    await close(page);
  });

  test("the border: every step with its result, the document, and the passport that matches or does not", async () => {
    const page = await open(browser, server.url);
    await settle(page, { view: "border" });
    const { text, zones, bound } = code("hanako");
    const report = reportOf("hanako");
    await check(page, text, report);
    const steps = () => page.locator(".steps li").evaluateAll((all) => all.map(({ dataset }) => [dataset.step, dataset.result]));
    assert.deepEqual(await steps(), report.steps.map(({ step, result }) => [step, result]));
    assert.ok(await page.locator(".steps").evaluate((steps) => steps.open), "the steps are folded");
    assert.ok((await shown(page)).includes(report.certificate.holder.document.number));
    for (const [at, zone] of zones.entries()) {
      const said = JSON.parse(bound[at]);
      if (at > 0) {
        await next(page);
        await check(page, text, report);
      }
      await page.locator(".zone textarea").fill(zone);
      await button(page, "ja", "page.mrz.check").click();
      const binding = said.steps.at(-1).binding;
      await page.locator(`.binding[data-binding=${binding}]`).waitFor();
      await waitFor(page, said.outcome, said.reason);
      assert.deepEqual(await steps(), said.steps.map(({ step, result }) => [step, result]));
      if (said.certificate === null) {
        const markup = await page.content();
        const leaked = spellings(code("hanako").personal).filter((part) => markup.includes(part));
        assert.deepEqual(leaked, [], "the certificate of another, and shows whose");
      }
    }
    await next(page);
    // A slip of the pen is no other passport.
    await check(page, text, report);
    await page.locator(".zone textarea").fill(zones[0].replace("TK1234567", "TK1234568"));
    await button(page, "ja", "page.mrz.check").click();
    await page.getByText(t("ja", "page.mrz.unread")).waitFor();
    await waitFor(page, "valid");
    await close(page);
  });

  test("the kiosk: shape and tone, and nobody's name in any verdict", async () => {
    const page = await open(browser, server.url);
    await settle(page, { view: "kiosk", language: "en" });
    for (const id of [...FAMILIES, "not-covered", "revoked", "not-a-certificate"]) {
      await check(page, code(id).text, reportOf(id));
      const markup = await page.content();
      assert.deepEqual(spellings(code(id).personal).filter((part) => markup.includes(part)), [], id);
      assert.equal(await page.locator(".person, .record, .steps").count(), 0, id);
      if (id === "hanako") await waitFor(page, "scan", null); // By itself: nobody is there to press.
      else await next(page);
    }
    await close(page);
  });
});

test("a code that was scanned before says so, and counts once", async () => {
  const page = await open(browser, server.url);
  await settle(page, { language: "en" });
  const report = reportOf("hanako");
  await check(page, code("hanako").text, report);
  assert.equal(await page.locator(".again").count(), 0);
  await next(page);
  await check(page, code("hanako").text, report);
  await page.locator(".again").waitFor();
  await next(page);
  await check(page, code("revoked").text, reportOf("revoked"));
  assert.equal(await page.locator(".again").count(), 0, "another code is another");
  await next(page);
  await button(page, "en", "page.scan.settings").click();
  assert.equal(await page.locator("[data-count=valid]").innerText(), "1");
  assert.equal(await page.locator("[data-count=not-valid]").innerText(), "1");
  await button(page, "en", "page.counts.reset").click();
  await page.locator("[data-count]").first().waitFor({ state: "detached" });
  await close(page);
});

test("whoever is not the one of the certificate gets a refusal of their own", async () => {
  const page = await open(browser, server.url);
  await settle(page, { language: "en" });
  await check(page, code("hanako").text, reportOf("hanako"));
  await button(page, "en", "page.verdict.mismatch").click();
  await waitFor(page, "not-valid", "person-mismatch");
  const markup = await page.content();
  assert.deepEqual(spellings(code("hanako").personal).filter((part) => markup.includes(part)), []);
  await next(page);
  await close(page);
});

test("lists that are past their date make a verdict to look at twice", async () => {
  const old = await serve("stale");
  const page = await open(browser, old.url);
  await settle(page, { language: "en" });
  assert.equal(await page.locator(".chip").getAttribute("data-freshness"), "stale");
  await check(page, code("list-stale").text, { outcome: "valid-check", reason: "list-stale" });
  assert.ok((await shown(page)).includes("TEGATA HANAKO"));
  await close(page);
});

test("a page for demonstrations has its frame on every screen", async () => {
  const page = await open(browser, server.url);
  const framed = async (screen) => {
    const frame = page.locator(".demo-frame");
    assert.ok(await frame.isVisible(), screen);
    assert.match(await frame.innerText(), /DEMO/, screen);
  };
  await waitFor(page, "start");
  await framed("start");
  await settle(page);
  await framed("scan");
  await check(page, code("hanako").text, reportOf("hanako"));
  await framed("valid");
  await next(page);
  await paste(page, code("tampered").text);
  await waitFor(page, "not-valid");
  await framed("not valid");
  await close(page);
});
