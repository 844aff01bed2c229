/** For everybody: readers, keyboards, large letters, few colours, no motion. */

import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { after, before, describe, test } from "node:test";
import { close, executablePath, launch, open, QUIET, quitAll } from "./support/browser.mjs";
import { button, check, next, settle, waitFor } from "./support/page.mjs";
import { eachScreen } from "./support/screens.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { code, onStage, reportOf, stage } from "./support/stage.mjs";

const axe = readFileSync(createRequire(import.meta.url).resolve("axe-core/axe.min.js"), "utf8");

let browser, server;
before(async () => {
  [browser, server] = await Promise.all([launch({ clip: onStage(stage.clips.empty.file) }), serve()]);
});
after(() => Promise.all([quitAll(), stopAll()]));

/** Things to press that are smaller than a finger. */
const small = (page) =>
  page.evaluate(() =>
    [...(document.querySelector("dialog[open]") ?? document).querySelectorAll("button, a, select, summary, label.option, label.file, label.choice")]
      .filter((element) => element.checkVisibility())
      .map((element) => [element.textContent.slice(0, 30), element.getBoundingClientRect()])
      .filter(([, { width, height }]) => width < 43.5 || height < 43.5)
      .map(([words, { width, height }]) => `${words}: ${Math.round(width)} by ${Math.round(height)}`),
  );

for (const language of ["ja", "en"]) {
  test(`on no screen in ${language} axe finds anything, and what is to be pressed is at least 44 pixels high and wide`, async () => {
    const seen = [];
    await eachScreen(browser, { language }, async (name, page) => {
      if (!(await page.evaluate(() => "axe" in globalThis))) await page.evaluate(axe);
      const { violations } = await page.evaluate(() => globalThis.axe.run(document, { resultTypes: ["violations"] }));
      const told = violations.map(({ id, help, nodes }) => ({ id, help, nodes: nodes.map(({ html, failureSummary }) => `${html} ${failureSummary}`) }));
      assert.deepEqual(told, [], name);
      assert.deepEqual(await small(page), [], name);
      seen.push(name);
    });
    assert.ok(seen.length >= 40, `${seen.length} screens: ${seen}`);
  });
}

test("at 400 % (320 by 256 pixels) nothing is cut off or out of reach on any screen", async () => {
  await eachScreen(browser, { language: "en", viewport: { width: 320, height: 256 } }, async (name, page) => {
    const faults = await page.evaluate(() => {
      const faults = [];
      const dialog = document.querySelector("dialog[open]");
      const wide = (element) => element.scrollWidth - element.clientWidth;
      if (wide(document.scrollingElement) > 0) faults.push(`the page is ${wide(document.scrollingElement)} pixels too wide`);
      if (dialog !== null && wide(dialog) > 0) faults.push(`the dialog is ${wide(dialog)} pixels too wide`);
      for (const element of (dialog ?? document.querySelector("main")).querySelectorAll("button, a, select, textarea, input, summary, h1, h2, dd")) {
        if (!element.checkVisibility({ opacityProperty: false }) || element.closest(".unseen") !== null) continue;
        // A file's field lies under its label.
        const seen = element.matches("input[type=file]") ? element.parentElement : element;
        const words = `${element.tagName} ${(element.textContent || element.name).slice(0, 40)}`;
        const { left, right, width, height } = seen.getBoundingClientRect();
        if (width === 0 || height === 0) continue;
        if (left < -0.5 || right > innerWidth + 0.5) faults.push(`${words}: from ${left} to ${right} of ${innerWidth}`);
        if (!element.matches("button, a, select, textarea, summary")) continue;
        // Scrolled to wherever: somewhere it must be free.
        let over;
        const free = ["center", "end", "start"].some((block) => {
          element.scrollIntoView({ block });
          const { top, bottom } = seen.getBoundingClientRect();
          // Of what is higher than the screen a part.
          return [top + 8, (top + bottom) / 2, bottom - 8].some((at) => {
            over = document.elementFromPoint((left + right) / 2, at);
            return over !== null && seen.contains(over);
          });
        });
        if (!free) faults.push(`${words}: under ${over?.outerHTML.slice(0, 80)}`);
      }
      return faults;
    });
    assert.deepEqual(faults, [], name);
  });
});

describe("by keyboard alone", () => {
  /** Presses Tab until the focus is where it should be, and fails where it cannot be seen. */
  async function tabTo(page, target) {
    for (let presses = 0; presses < 60; presses += 1) {
      if (await target.evaluate((element) => element === document.activeElement || element.contains(document.activeElement))) {
        const visible = await page.evaluate(() => {
          const element = document.activeElement;
          const at = element.matches("input[type=file]") ? element.parentElement : element;
          const { outlineStyle, outlineWidth, boxShadow } = getComputedStyle(at);
          return (outlineStyle !== "none" && Number.parseFloat(outlineWidth) > 0) || boxShadow !== "none";
        });
        assert.ok(visible, "the focus cannot be seen");
        return;
      }
      await page.keyboard.press("Tab");
    }
    assert.fail(`no way by Tab to ${target}`);
  }

  test("from the first screen to a verdict, hold, compare, and the next", async () => {
    const page = await open(browser, server.url, { locale: "en" });
    await waitFor(page, "start");
    await tabTo(page, button(page, "en", "page.start.go"));
    await page.keyboard.press("Enter");
    await waitFor(page, "scan");
    await tabTo(page, button(page, "en", "page.scan.text"));
    await page.keyboard.press("Enter");
    await tabTo(page, page.locator("dialog textarea"));
    await page.keyboard.insertText(code("hanako").text);
    await page.keyboard.press("Enter");
    await waitFor(page, "valid", null);
    const ring = page.locator(".ring");
    await tabTo(page, ring);
    await page.keyboard.press("Space");
    assert.equal(await ring.getAttribute("aria-pressed"), "true");
    await tabTo(page, page.locator(".steps summary"));
    await page.keyboard.press("Enter");
    assert.ok(await page.locator(".steps").evaluate((steps) => steps.open));
    await tabTo(page, button(page, "en", "page.verdict.mismatch"));
    await page.keyboard.press("Enter");
    await waitFor(page, "not-valid", "person-mismatch");
    await tabTo(page, page.locator(".decide .same"));
    await page.keyboard.press("Enter");
    await waitFor(page, "scan");
    await close(page);
  });

  test("settings and lists: reached, changed, closed by Escape, and the focus is back", async () => {
    const page = await open(browser, server.url, { locale: "en" });
    await settle(page);
    const settings = button(page, "en", "page.scan.settings");
    await tabTo(page, settings);
    await page.keyboard.press("Enter");
    const views = page.locator("dialog input[name=view]");
    await tabTo(page, views.nth(0));
    await page.keyboard.press("ArrowDown");
    await page.waitForFunction(() => document.querySelector("main").dataset.view === "counter");
    // A dialog keeps the focus.
    for (let presses = 0; presses < 40; presses += 1) {
      await page.keyboard.press("Tab");
      const inside = await page.evaluate(() => document.activeElement === document.body || document.activeElement.closest("dialog") !== null);
      assert.ok(inside, "the focus has left the dialog");
    }
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    assert.ok(await settings.evaluate((element) => element === document.activeElement), "the focus is lost");
    await tabTo(page, page.locator(".chip"), "Shift+Tab");
    await page.keyboard.press("Enter");
    await page.locator("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.locator("dialog").waitFor({ state: "detached" });
    await close(page);
  });

  test("a help card: its first button is reached, and its heading has the focus", async () => {
    const other = await launch({ camera: "denied" });
    const page = await open(other, server.url, { locale: "en" });
    await waitFor(page, "start");
    await tabTo(page, button(page, "en", "page.start.go"));
    await page.keyboard.press("Enter");
    await waitFor(page, "help", "camera-denied");
    await page.waitForFunction(() => document.activeElement?.tagName === "H1");
    await tabTo(page, button(page, "en", "page.without-camera"));
    await page.keyboard.press("Enter");
    await waitFor(page, "scan");
    await close(page);
    await other.close();
  });
});

const STATES = ["hanako", "not-covered", "tampered", "not-a-certificate"];

test("where motion is not wanted nothing moves, and the time still runs", async () => {
  for (const reducedMotion of ["no-preference", "reduce"]) {
    const page = await open(browser, server.url, { locale: "en", reducedMotion });
    await settle(page, { clear: 5 });
    for (const id of STATES) {
      await check(page, code(id).text, reportOf(id));
      const moving = await page.evaluate(() => document.getAnimations().map((animation) => animation.animationName ?? animation.transitionProperty));
      if (reducedMotion === "reduce") assert.deepEqual(moving, [], id);
      await next(page);
    }
    await check(page, code("compact").text, reportOf("compact"));
    await waitFor(page, "scan");
    await close(page);
  }
});

test("where colours are forced, every state keeps its shape, its sign and its words, and all can be seen", async () => {
  const page = await open(browser, server.url, { locale: "en", forcedColors: "active" });
  await settle(page);
  assert.ok(await page.evaluate(() => matchMedia("(forced-colors: active)").matches));
  for (const id of STATES) {
    await check(page, code(id).text, reportOf(id));
    const { ground, parts, words } = await page.evaluate(() => {
      const opaque = (element) => {
        for (let at = element; at !== null; at = at.parentElement) {
          const { backgroundColor } = getComputedStyle(at);
          if (!/rgba\(.*, 0\)|transparent/.test(backgroundColor)) return backgroundColor;
        }
        return "rgb(255, 255, 255)";
      };
      const shape = document.querySelector(".answer .shape");
      const parts = [...shape.querySelectorAll("path")].map((path) => {
        const { fill, stroke, strokeWidth } = getComputedStyle(path);
        return { fill, stroke: Number.parseFloat(strokeWidth) > 0 ? stroke : "none" };
      });
      const heading = document.querySelector(".answer h1");
      return { ground: opaque(shape), parts, words: [getComputedStyle(heading).color, opaque(heading)] };
    });
    assert.notEqual(words[0], words[1], `${id}: words of their ground's colour`);
    const [outline, sign] = parts;
    const seen = ({ fill, stroke }, below) => [fill, stroke].some((colour) => colour !== "none" && colour !== below);
    assert.ok(seen(outline, ground), `${id}: the outline cannot be seen: ${JSON.stringify([ground, outline])}`);
    const below = outline.fill === "none" ? ground : outline.fill;
    assert.ok(sign.stroke !== "none" && sign.stroke !== below, `${id}: the sign cannot be seen: ${JSON.stringify([below, sign])}`);
    await next(page);
  }
  await close(page);
});

test("in every shape of screen the answer is in sight, and so are the buttons or the way to them", async () => {
  for (const viewport of [{ width: 390, height: 844 }, { width: 844, height: 390 }, { width: 1280, height: 720 }, { width: 768, height: 1024 }]) {
    const page = await open(browser, server.url, { viewport });
    await settle(page);
    await check(page, code("hanako").text, reportOf("hanako"));
    const inside = async (part) => {
      const box = await page.locator(part).boundingBox();
      const fits = box.x >= 0 && box.x + box.width <= viewport.width && box.y >= 0 && box.y + box.height <= viewport.height;
      assert.ok(fits, `${part} at ${viewport.width} by ${viewport.height}: ${JSON.stringify(box)}`);
    };
    await inside(".answer h1");
    for (const part of [".decide .same", ".decide .other"]) {
      // A phone on its side is too low for all at once.
      if (viewport.height < 500) await page.locator(part).scrollIntoViewIfNeeded();
      await inside(part);
    }
    assert.ok(await page.evaluate(() => document.scrollingElement.scrollWidth <= innerWidth));
    await close(page);
  }
});

test("names and birth dates are at least 28 pixels high", async () => {
  const page = await open(browser, server.url);
  await settle(page);
  await check(page, code("hanako").text, reportOf("hanako"));
  const sizes = await page.locator(".person .name, .person .birth").evaluateAll((all) => all.map((each) => Number.parseFloat(getComputedStyle(each).fontSize)));
  assert.ok(sizes.length >= 4 && sizes.every((size) => size >= 28), `${sizes}`);
  await close(page);
});

test("Lighthouse gives 100 for accessibility", async () => {
  const { default: lighthouse } = await import("lighthouse");
  const profile = mkdtempSync(join(tmpdir(), "tegata-lighthouse-"));
  const flags = ["--headless=new", "--no-sandbox", "--remote-debugging-port=0", `--user-data-dir=${profile}`, ...QUIET];
  const chromium = spawn(executablePath, [...flags, "about:blank"], { stdio: ["ignore", "ignore", "pipe"] });
  try {
    let port;
    for await (const line of createInterface(chromium.stderr)) {
      port = /DevTools listening on ws:\/\/[^:]+:(\d+)/.exec(line)?.[1];
      if (port !== undefined) break;
    }
    chromium.stderr.resume();
    const settings = { port: Number(port), onlyCategories: ["accessibility"], output: "json", logLevel: "error", maxWaitForLoad: 30_000 };
    const { lhr } = await lighthouse(server.url, settings);
    const failed = Object.values(lhr.audits).filter(({ score }) => score !== null && score < 1).map(({ id, title }) => `${id}: ${title}`);
    assert.deepEqual(failed, []);
    assert.equal(lhr.categories.accessibility.score, 1);
  } finally {
    const gone = once(chromium, "exit");
    chromium.kill();
    await gone;
    rmSync(profile, { recursive: true, force: true, maxRetries: 5 });
  }
});
