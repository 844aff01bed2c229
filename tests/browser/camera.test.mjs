/** Codes held to a camera: the browser's camera is a file, everything after it is real. */

import assert from "node:assert/strict";
import { after, before, describe, test } from "node:test";
import { close, launch, open, quitAll } from "./support/browser.mjs";
import { begin, button, now, shown, waitFor } from "./support/page.mjs";
import { serve, stopAll } from "./support/server.mjs";
import { onStage, reportOf, stage, t } from "./support/stage.mjs";

let server, old;
before(async () => {
  [server, old] = await Promise.all([serve(), serve("stale")]);
});
after(() => Promise.all([quitAll(), stopAll()]));

const clip = (name) => onStage(stage.clips[name].file);

/** The page before a camera that sees this clip, from its first screen to scanning. */
async function scanning(name, url, options = {}) {
  const browser = await launch({ clip: clip(name) });
  const page = await open(browser, url, options);
  await waitFor(page, "start");
  await begin(page, options.language ?? "ja");
  return [browser, page];
}

describe("held to the camera", () => {
  for (const name of Object.keys(stage.clips)) {
    const found = stage.cases.find(({ id }) => id === name);
    if (found === undefined) continue;
    test(`${name}: symbols of version ${stage.clips[name].versions.join(" and ")}`, async () => {
      const report = reportOf(name);
      const [browser, page] = await scanning(name, (found.lists === "stale" ? old : server).url);
      await waitFor(page, report.outcome, report.reason);
      const seen = await shown(page);
      assert.ok(seen.includes(t("ja", `outcome.${report.outcome}`)), seen);
      if (report.certificate !== null) {
        const { romanised, registered } = report.certificate.holder;
        for (const part of [romanised?.family.replaceAll("<", " "), registered]) {
          if (part !== undefined) assert.ok(seen.includes(part), `no ${part} in ${seen}`);
        }
      }
      await close(page);
      await browser.close();
    });
  }

  test("a camera of 640 by 480", async () => {
    const [browser, page] = await scanning("small", server.url);
    await waitFor(page, "valid", null);
    await close(page);
    await browser.close();
  });

  test("a poster's code beside the certificate's answers for nobody", async () => {
    const [browser, page] = await scanning("two-codes", server.url);
    await waitFor(page, "valid", null);
    assert.ok((await shown(page)).includes("TEGATA HANAKO"));
    await close(page);
    await browser.close();
  });
});

test("after a verdict the camera is let go, and it scans again at the next; the code in view is no new one at once", async () => {
  const [browser, page] = await scanning("hanako", server.url);
  await waitFor(page, "valid");
  assert.equal(await page.locator("video").count(), 0);
  await page.locator(".decide .same").click();
  await waitFor(page, "scan");
  await page.waitForFunction(() => document.querySelector("video")?.srcObject?.active === true);
  // It still hangs before the camera: once it has been there for a while, it is said to have been scanned already.
  await waitFor(page, "valid");
  await page.locator(".again").waitFor();
  await close(page);
  await browser.close();
});

test("a code that cannot be read brings tips, and then a stop that nobody overlooks", async () => {
  const [browser, page] = await scanning("unreadable", server.url, { locale: "en", language: "en" });
  const begun = Date.now();
  await page.getByText(t("en", "page.tips.title")).waitFor();
  const tips = Date.now() - begun;
  assert.deepEqual(await now(page), ["scan", null]);
  await waitFor(page, "unreadable");
  const stop = Date.now() - begun;
  // The camera takes a moment to start; never earlier than said.
  assert.ok(tips >= 3_500 && tips < 12_000, `tips after ${tips} ms`);
  assert.ok(stop >= 9_500 && stop < 25_000, `the stop after ${stop} ms`);
  const card = page.locator(".unreadable");
  assert.ok((await card.innerText()).includes(t("en", "page.unreadable.title")));
  assert.equal(await card.locator("[role=alert]").count(), 1);
  const [box, view] = [await card.boundingBox(), page.viewportSize()];
  assert.ok(box.width * box.height >= view.width * view.height * 0.85, `the whole screen says so: ${JSON.stringify(box)}`);
  await button(page, "en", "page.unreadable.again").click();
  await waitFor(page, "scan");
  await close(page);
  await browser.close();
});

test("a camera that sees nothing says nothing", async () => {
  const [browser, page] = await scanning("empty", server.url);
  await page.waitForFunction(() => document.querySelector("video")?.currentTime > 0);
  // Longer than the stop would take: here no code is in view at all.
  await page.waitForTimeout(11_000);
  assert.deepEqual(await now(page), ["scan", null]);
  assert.equal(await page.locator(".tips").count(), 0);
  await close(page);
  await browser.close();
});

test("the frame to hold a code in is seen before the picture, and nothing lies over it", async () => {
  const [browser, page] = await scanning("empty", server.url);
  await page.waitForFunction(() => document.querySelector("video")?.currentTime > 0);
  for (const [width, height, least] of [[390, 844, 250], [1280, 720, 300], [844, 390, 100]]) {
    await page.setViewportSize({ width, height });
    const frame = await page.locator(".guide").evaluate((guide) => {
      const { left, top, right, bottom } = guide.getBoundingClientRect();
      const [x, y] = [(left + right) / 2, (top + bottom) / 2];
      const edges = [[left + 2, y], [right - 2, y], [x, top + 2], [x, bottom - 2], [x, y]];
      const covered = edges.filter(([x, y]) => document.elementFromPoint(x, y) !== guide);
      return { width: right - left, height: bottom - top, covered, inside: left >= 0 && top >= 0 && right <= innerWidth && bottom <= innerHeight };
    });
    assert.deepEqual(frame.covered, [], `${width} by ${height}`);
    assert.ok(frame.inside && frame.width >= least && Math.abs(frame.width - frame.height) < 1, `${width} by ${height}: ${JSON.stringify(frame)}`);
  }
  await close(page);
  await browser.close();
});

describe("a camera that is none", () => {
  const help = async (options, reason, prepare = {}) => {
    const browser = await launch(options);
    const page = await open(browser, server.url, { locale: "en", ...prepare });
    await waitFor(page, "start");
    await button(page, "en", "page.start.go").click();
    await waitFor(page, "help", reason);
    const seen = await shown(page);
    for (const part of ["title", "text", "step"]) assert.ok(seen.includes(t("en", `page.help.${reason}.${part}`)), seen);
    return [browser, page];
  };

  test("denied: how to allow it, and the way on without", async () => {
    const [browser, page] = await help({ camera: "denied" }, "camera-denied");
    await button(page, "en", "page.without-camera").click();
    await waitFor(page, "scan");
    assert.equal(await page.locator("video").count(), 0);
    await close(page);
    await browser.close();
  });

  test("not there", async () => {
    const [browser, page] = await help({ camera: "none" }, "no-camera");
    await close(page);
    await browser.close();
  });

  test("taken by another app, and free again", async () => {
    const taken = () => {
      if (globalThis.MediaDevices === undefined) return;
      const { getUserMedia } = MediaDevices.prototype;
      MediaDevices.prototype.getUserMedia = function (wanted) {
        if (globalThis.free) return getUserMedia.call(this, wanted);
        return Promise.reject(new DOMException("Could not start video source", "NotReadableError"));
      };
    };
    const [browser, page] = await help({ clip: clip("hanako") }, "camera-taken", { init: taken });
    await page.evaluate(() => (globalThis.free = true));
    await page.locator(".help .primary").click();
    await waitFor(page, "valid");
    await close(page);
    await browser.close();
  });

  test("pulled out while scanning", async () => {
    const browser = await launch({ clip: clip("empty") });
    const page = await open(browser, server.url, { locale: "en" });
    await waitFor(page, "start");
    await begin(page, "en");
    await page.waitForFunction(() => document.querySelector("video")?.srcObject?.active === true);
    await page.evaluate(() => {
      const [track] = document.querySelector("video").srcObject.getVideoTracks();
      track.stop();
      track.dispatchEvent(new Event("ended"));
    });
    await waitFor(page, "help", "camera-taken");
    await close(page);
    await browser.close();
  });
});
