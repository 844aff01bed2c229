/** Purposes: the same code is enough for one and not for another, and the page says why. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, launch, open, quitAll } from "./support/browser.mjs";
import { button, check, next, paste, settle, shown, waitFor } from "./support/page.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { code, t } from "./support/stage.mjs";

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
});
after(() => Promise.all([quitAll(), stopAll()]));

const { text, personal, ruled } = code("hanako");
const by = (purpose) => JSON.parse(ruled[purpose]);
const rulesOf = (report) => report.steps.find(({ step }) => step === "rules").rules;

test("a code that is accepted for one purpose is refused for another, with the reason in words", async () => {
  const page = await open(browser, server.url, { locale: "en" });
  await settle(page, { purpose: "venue" });
  const accepted = by("venue");
  assert.equal(accepted.outcome, "valid", "the stage is set otherwise than this test thinks");
  await check(page, text, accepted);
  assert.ok((await shown(page)).includes(rulesOf(accepted).name.en));
  assert.equal(await page.locator(".rules").getAttribute("data-ruling"), "accepted");

  await settle(page, { purpose: "ihr-yellow-fever" });
  const refused = by("ihr-yellow-fever");
  assert.deepEqual([refused.outcome, refused.reason], ["not-valid", "rule-not-met"]);
  await check(page, text, refused);
  const seen = await shown(page);
  assert.ok(seen.includes(t("en", "reason.rule-not-met.title")), seen);
  assert.ok(seen.includes(rulesOf(refused).results[0].words.en), seen);
  const markup = await page.content();
  assert.deepEqual(personal.filter((part) => markup.includes(part)), [], "what is refused shows somebody");
  await close(page);
});

test("the purpose is chosen in the settings, from what the lists have, and stays", async () => {
  const page = await open(browser, server.url, { locale: "ja" });
  await settle(page);
  await button(page, "ja", "page.scan.settings").click();
  const choice = page.locator("select[name=purpose]");
  assert.equal(await choice.inputValue(), "");
  await choice.selectOption("japan-2022-three-doses");
  await page.keyboard.press("Escape");
  await page.reload();
  await waitFor(page, "scan");
  await page.locator(".chip:not([data-freshness=none])").waitFor();
  const refused = by("japan-2022-three-doses");
  await check(page, text, refused);
  assert.ok((await shown(page)).includes(rulesOf(refused).results[0].words.ja));
  await close(page);
});

test("another code of the same person may be added to what was not enough, and nothing is kept of it", async () => {
  const page = await open(browser, server.url, { locale: "en" });
  await settle(page, { purpose: "japan-2022-three-doses" });
  await check(page, text, by("japan-2022-three-doses"));
  await button(page, "en", "page.verdict.another").click();
  await waitFor(page, "scan");
  // The same code again: a dose that is shown twice counts once.
  await paste(page, text);
  await waitFor(page, "not-valid", "rule-not-met");
  assert.ok((await shown(page)).includes(t("en", "rules.together", { n: 2 })));
  await next(page);
  await check(page, text, by("japan-2022-three-doses"));
  assert.ok(!(await shown(page)).includes(t("en", "rules.together", { n: 2 })), "the next guest is judged with the last one");
  await close(page);
});

test("a purpose that the lists no longer have checks nothing, and says so", async () => {
  const page = await open(browser, server.url, { locale: "en" });
  await settle(page, { purpose: "of-last-year" });
  await paste(page, text);
  await waitFor(page, "not-checked", "purpose-missing");
  assert.ok((await shown(page)).includes(t("en", "reason.purpose-missing.title")));
  await close(page);
});
