/** The other ways in: picture files, the clipboard, texts, and hand scanners that type. */

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, before, describe, test } from "node:test";
import { close, launch, open, quitAll } from "./support/browser.mjs";
import { button, check, keyboard, next, now, paste, scanner, settle, shown, spellings, usKey, waitFor } from "./support/page.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { code, onStage, reportOf, stage, t } from "./support/stage.mjs";

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch(), serve()]);
});
after(() => Promise.all([quitAll(), stopAll()]));

const pictures = (id) => code(id).pictures.map(onStage);

/** A page that scans without a camera. */
async function scanning(options = {}, settings = {}) {
  const page = await open(browser, server.url, { locale: "en", ...options });
  await settle(page, settings);
  return page;
}

describe("picture files", () => {
  test("of every certificate are read", async () => {
    const page = await scanning();
    const field = page.locator("input[type=file]");
    for (const { id, lists, parts } of stage.cases) {
      if (lists !== "current" || parts.length > 0 || id.startsWith("blank")) continue;
      await field.setInputFiles(pictures(id));
      const { outcome, reason } = reportOf(id);
      await waitFor(page, outcome, reason);
      await next(page);
      assert.equal(await field.evaluate((input) => input.files.length), 0, "the picture stays in the field");
    }
    await close(page);
  });

  test("of a card in two codes, one after the other or both at once", async () => {
    const page = await scanning();
    const [first, second] = pictures("shc-parts");
    const field = page.locator("input[type=file]");
    await field.setInputFiles(second);
    await page.getByText(t("en", "page.scan.chunks", { have: 1, of: 2 })).waitFor();
    assert.deepEqual(await now(page), ["scan", null]);
    await field.setInputFiles(first);
    await waitFor(page, "valid", null);
    await next(page);
    await field.setInputFiles([first, second]);
    await waitFor(page, "valid", null);
    await close(page);
  });

  test("without a code, damaged, or no picture at all are said to be so", async () => {
    const page = await scanning();
    const field = page.locator("input[type=file]");
    const white = await page.evaluate(async () => {
      const canvas = new OffscreenCanvas(300, 200);
      const context = canvas.getContext("2d");
      context.fillStyle = "#fff";
      context.fillRect(0, 0, 300, 200);
      return [...new Uint8Array(await (await canvas.convertToBlob()).arrayBuffer())];
    });
    const files = {
      "no-code": { name: "white.png", mimeType: "image/png", buffer: Buffer.from(white) },
      "damaged-picture": { name: "broken.png", mimeType: "image/png", buffer: Buffer.from(white.slice(0, 60)) },
      "not-a-picture": { name: "letter.txt", mimeType: "text/plain", buffer: Buffer.from("Dear all") },
    };
    for (const [reason, file] of Object.entries(files)) {
      await field.setInputFiles(file);
      await waitFor(page, "not-checked", reason);
      assert.ok((await shown(page)).includes(t("en", `reason.${reason}.title`)), reason);
      await next(page);
    }
    await close(page);
  });

  test("are taken where they are dropped, and never take the page's place", async () => {
    const page = await scanning();
    const picture = readFileSync(pictures("hanako")[0]).toString("base64");
    await page.evaluate((base64) => {
      const dataTransfer = new DataTransfer();
      const file = Uint8Array.from(atob(base64), (char) => char.charCodeAt(0));
      dataTransfer.items.add(new File([file], "code.png", { type: "image/png" }));
      const event = () => new DragEvent("drop", { dataTransfer, bubbles: true, cancelable: true });
      globalThis.prevented = !document.body.dispatchEvent(event());
    }, picture);
    assert.equal(await page.evaluate(() => globalThis.prevented), true);
    await waitFor(page, "valid", null);
    await close(page);
  });
});

describe("texts", () => {
  test("are checked as they are: a blank before or after is part of them", async () => {
    const page = await scanning();
    for (const id of ["blank-before", "blank-after"]) {
      const report = reportOf(id);
      assert.notEqual(report.outcome, "valid");
      await check(page, code(id).text, report);
      await next(page);
      await button(page, "en", "page.scan.text").click();
      await page.locator("textarea").fill(code(id).text);
      await button(page, "en", "page.text.check").click();
      await waitFor(page, report.outcome, report.reason);
      await next(page);
    }
    // A line end is the clipboard's.
    await check(page, `${code("hanako").text}\r\n`, reportOf("hanako"));
    await close(page);
  });

  test("are checked by Enter in the field, as a scanner ends them", async () => {
    const page = await scanning();
    await button(page, "en", "page.scan.text").click();
    await page.locator("textarea").focus();
    await keyboard(page, code("hanako").text);
    await waitFor(page, "valid", null);
    await close(page);
  });

  test("of a card in parts wait for each other, and can be begun anew", async () => {
    const page = await scanning();
    const [first, second] = code("shc-parts").parts;
    await paste(page, first);
    await page.getByText(t("en", "page.scan.chunks", { have: 1, of: 2 })).waitFor();
    await paste(page, first);
    await button(page, "en", "page.scan.chunks-restart").click();
    await page.getByText(t("en", "page.scan.chunks", { have: 1, of: 2 })).waitFor({ state: "detached" });
    await paste(page, second);
    await page.getByText(t("en", "page.scan.chunks", { have: 1, of: 2 })).waitFor();
    assert.deepEqual(await now(page), ["scan", null]);
    await paste(page, first);
    await waitFor(page, "valid", null);
    await close(page);
  });

  test("of a card whose other part never comes end in a verdict that nothing was checked", async () => {
    const page = await open(browser, server.url, { locale: "en", before: (context) => context.clock.install() });
    await settle(page);
    await paste(page, code("shc-parts").parts[0]);
    await page.getByText(t("en", "page.scan.chunks", { have: 1, of: 2 })).waitFor();
    await page.clock.fastForward(31_000);
    await waitFor(page, "not-checked", "missing-qr-chunk");
    await close(page);
  });
});

/** What a German computer makes of the keys of a scanner that is set to the United States. */
const GERMAN = {
  Minus: ["ß", "?"], BracketLeft: ["ü", "Ü"], BracketRight: ["+", "*"], Semicolon: ["ö", "Ö"], Quote: ["ä", "Ä"],
  Backslash: ["#", "'"], Comma: [",", ";"], Period: [".", ":"], Slash: ["-", "_"], KeyY: ["z", "Z"], KeyZ: ["y", "Y"],
  Digit2: ["2", '"'], Digit3: ["3", "§"], Digit6: ["6", "&"], Digit7: ["7", "/"], Digit8: ["8", "("], Digit9: ["9", ")"], Digit0: ["0", "="],
};
/** The same for a Japanese one. */
const JAPANESE = {
  Digit2: ["2", '"'], Digit6: ["6", "&"], Digit7: ["7", "'"], Digit8: ["8", "("], Digit9: ["9", ")"], Minus: ["-", "="],
  Equal: ["^", "~"], BracketLeft: ["@", "`"], BracketRight: ["[", "{"], Semicolon: [";", "+"], Quote: [":", "*"], Backslash: ["]", "}"],
};

/** The keys of a text as a computer with another layout reads them; dead keys give no letter at once. */
function misread(text, layout, dead = []) {
  return [...text].map((letter) => {
    const key = usKey(letter);
    if (dead.includes(key.code)) return { code: key.code, key: "Dead", shift: key.shift };
    const read = layout[key.code]?.[key.shift ? 1 : 0];
    return read === undefined ? key : { ...key, key: read, text: read };
  });
}

describe("a hand scanner that types", () => {
  const certificates = ["hanako", "compact", "eu-dcc", "icvp", "shc", "vds-nc", "revoked"];

  test("in the computer's own layout", async () => {
    const page = await scanning();
    for (const id of certificates) {
      await scanner(page, code(id).text);
      const { outcome, reason } = reportOf(id);
      await waitFor(page, outcome, reason);
      await next(page);
    }
    await close(page);
  });

  test("right after a verdict: the scan is a new one", async () => {
    const page = await scanning();
    await scanner(page, code("hanako").text);
    await waitFor(page, "valid", null);
    await scanner(page, code("revoked").text);
    await waitFor(page, "not-valid", "revoked");
    await close(page);
  });

  test("and whose blanks and Enter press no button that has the focus", async () => {
    const page = await scanning({}, { sound: false });
    await scanner(page, code("hanako").text);
    await waitFor(page, "valid", null);
    await page.locator(".decide .other").focus();
    // Real keys, and few: a text that is no certificate.
    await keyboard(page, "A B C D E F ");
    await waitFor(page, "not-checked", "not-a-certificate");
    await close(page);
  });

  test("without Enter at its end", async () => {
    const page = await scanning();
    await scanner(page, code("hanako").text, { enter: false });
    await waitFor(page, "valid", null);
    await close(page);
  });

  test("in the layout of the United States, on a Japanese and on a German computer: put right", async () => {
    const page = await scanning();
    for (const id of certificates) {
      const { outcome, reason } = reportOf(id);
      await scanner(page, misread(code(id).text, JAPANESE));
      await waitFor(page, outcome, reason);
      await next(page);
      await scanner(page, misread(code(id).text, GERMAN, ["Equal", "Backquote"]));
      await waitFor(page, outcome, reason);
      await next(page);
    }
    await close(page);
  });

  test("with caps lock on: put right", async () => {
    const page = await scanning();
    const swapped = [...code("hanako").text].map((letter) => {
      const key = usKey(letter);
      const other = letter === letter.toLowerCase() ? letter.toUpperCase() : letter.toLowerCase();
      return { ...key, key: other, text: other };
    });
    await scanner(page, swapped);
    await waitFor(page, "valid", null);
    await close(page);
  });

  test("in a layout that cannot be put right: a help card, and never a verdict", async () => {
    const page = await scanning();
    // Neither the letters nor the keys say what was meant.
    const garbled = [...code("hanako").text].map((letter) => ({ ...usKey(letter), code: "", ...(letter === ":" ? { key: "Ж", text: "Ж" } : {}) }));
    await scanner(page, garbled);
    await waitFor(page, "help", "scanner-layout");
    const markup = await page.content();
    assert.deepEqual(spellings(code("hanako").personal).filter((part) => markup.includes(part)), []);
    await page.locator(".help .primary").click();
    await waitFor(page, "scan");
    await close(page);
  });

  test("into an input method: a help card that says how to switch it off", async () => {
    const page = await scanning({ locale: "ja-JP" });
    const swallowed = [...code("hanako").text].map((letter) => ({ key: "Process", code: usKey(letter).code, shift: usKey(letter).shift, virtual: 229 }));
    await scanner(page, swallowed);
    await waitFor(page, "help", "ime");
    assert.ok((await shown(page)).includes(t("ja", "page.help.ime.step")));
    await close(page);
  });

  test("with a blank before or after: part of the text", async () => {
    const page = await scanning();
    for (const id of ["blank-after", "blank-before"]) {
      const { outcome, reason } = reportOf(id);
      await scanner(page, code(id).text);
      await waitFor(page, outcome, reason);
      await next(page);
    }
    await close(page);
  });

  test("of a card in parts", async () => {
    const page = await scanning();
    const [first, second] = code("shc-parts").parts;
    await scanner(page, first);
    await page.getByText(t("en", "page.scan.chunks", { have: 1, of: 2 })).waitFor();
    await scanner(page, second);
    await waitFor(page, "valid", null);
    await close(page);
  });

  test("of the passport at a border desk, line by line", async () => {
    const page = await scanning({}, { view: "border" });
    const { text, zones, bound } = code("hanako");
    for (const [at, zone] of zones.entries()) {
      await scanner(page, text);
      await waitFor(page, "valid", null);
      for (const line of zone.split("\n")) await scanner(page, line);
      const said = JSON.parse(bound[at]);
      await page.locator(`[data-binding=${said.steps.at(-1).binding}]`).waitFor();
      await waitFor(page, said.outcome, said.reason);
      await next(page);
    }
    await close(page);
  });

  test("before the page is ready: the scan waits for the lists, and is not lost", async () => {
    const page = await open(browser, server.url, { locale: "en", serviceWorkers: "block", expected: [/registration blocked by Playwright/] });
    await settle(page);
    await page.context().route("**/config.json", async (route) => {
      await new Promise((resolve) => setTimeout(resolve, 1_500));
      await route.continue();
    });
    await page.reload();
    await waitFor(page, "scan");
    await scanner(page, code("hanako").text);
    await waitFor(page, "valid", null);
    await close(page);
  });

  test("people at the keyboard are none", async () => {
    const page = await scanning();
    await keyboard(page, "hello");
    assert.deepEqual(await now(page), ["scan", null]);
    await close(page);
  });
});
