/** Names that are made to act on whoever sees them: shown as what they are, in a certificate that is valid. */

import assert from "node:assert/strict";
import { after, before, test } from "node:test";
import { close, launch, open, quitAll } from "./support/browser.mjs";
import { check, next, settle } from "./support/page.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { stage } from "./support/stage.mjs";

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
});
after(() => Promise.all([quitAll(), stopAll()]));

/** What cannot be seen, or moves what can: control, direction, zero width, line ends, tags. */
const ACTS = /[\p{Cc}\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff\u00ad\u{e0000}-\u{e007f}]/u;
/** The elements that a name is shown by. */
const OWN = ["BDI", "SPAN"];

if (stage.display.length === 0) {
  test("names of the published display cases", { skip: "the vectors are not here: put them beside the repository, or name them in TEGATA_VECTORS" }, () => undefined);
}

for (const view of stage.display.length === 0 ? [] : ["venue", "border"]) {
  test(`${stage.display.length} names in the view of the ${view} are inert texts`, async () => {
    const page = await open(browser, server.url, { locale: view === "venue" ? "ja" : "en" });
    await settle(page, { view });
    const unharmed = await page.evaluate(() => document.querySelectorAll("script, style, iframe, img, object, embed, link, base, meta, form").length);
    for (const { id, name, text, report } of stage.display) {
      const { outcome, reason, certificate } = JSON.parse(report);
      assert.equal(outcome, "valid", `${id}: a name on a certificate that is not valid is never shown`);
      await check(page, text, { outcome, reason });
      assert.ok(certificate.holder.registered.includes(name), id);
      const shown = await page.locator(".person .name").evaluateAll((names) =>
        names.map((each) => ({
          text: each.textContent,
          elements: [...each.querySelectorAll("*")].map(({ tagName, attributes }) => [tagName, ...[...attributes].map(({ name }) => name)]),
          inert: [...each.querySelectorAll("bdi")].length === 1,
        })),
      );
      const registered = shown.find(({ text }) => text !== "DISPLAY HANAKO");
      assert.ok(registered !== undefined, `${id}: the registered name is not shown`);
      // Passports' letters come first: they cannot look like others.
      assert.equal(shown[0].text, "DISPLAY HANAKO", id);
      assert.doesNotMatch(registered.text, ACTS, `${id}: acts`);
      assert.ok(registered.inert, `${id}: its direction is not kept apart`);
      const visible = [...name].filter((char) => !ACTS.test(char)).slice(0, 200).join("");
      const read = [...registered.text.replace(/U\+[0-9A-F]{4,6}/g, "")].slice(0, [...visible].length).join("");
      assert.equal(read, visible, `${id}: another text`);
      for (const char of new Set([...name].filter((char) => ACTS.test(char)))) {
        const number = `U+${char.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
        assert.ok(registered.text.includes(number), `${id}: ${number} is not to be seen`);
      }
      for (const [tag, ...attributes] of registered.elements) {
        assert.ok(OWN.includes(tag) && attributes.every((name) => name === "class"), `${id}: ${tag} ${attributes}`);
      }
      const left = await page.evaluate(() => ({
        harmed: document.querySelectorAll("script, style, iframe, img, object, embed, link, base, meta, form").length,
        wide: document.scrollingElement.scrollWidth - innerWidth,
        seen: document.querySelector(".decide .same").checkVisibility(),
        title: document.title,
      }));
      // The border's form for the passport comes with the verdict.
      assert.equal(left.harmed, unharmed + (view === "border" ? 1 : 0), `${id}: markup`);
      assert.ok(left.wide <= 0, `${id}: ${left.wide} pixels too wide`);
      assert.ok(left.seen, id);
      assert.ok(!left.title.includes(name), id);
      await next(page);
    }
    await close(page);
  });
}

test("a name that mixes scripts that look alike is said to", { skip: !stage.display.some(({ id }) => id === "display-homoglyph") }, async () => {
  const page = await open(browser, server.url);
  await settle(page);
  for (const [id, warned] of [["display-homoglyph", true], ["display-script", false]]) {
    const found = stage.display.find((each) => each.id === id);
    await check(page, found.text, JSON.parse(found.report));
    assert.equal(await page.locator(".person .warning").count() > 0, warned, id);
    await next(page);
  }
  await close(page);
});
