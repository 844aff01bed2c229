/** The page as somebody uses it. */

import assert from "node:assert/strict";
import { PATIENCE } from "./browser.mjs";
import { t } from "./stage.mjs";

/** Waits for a state of the page, and for its reason where one is given; `null` for none. */
export async function waitFor(page, state, reason, patience = PATIENCE) {
  const main = page.locator("main");
  try {
    await page.waitForFunction(
      ([wanted, why]) => {
        const main = document.querySelector("main");
        if (main === null || main.ariaBusy === "true") return false;
        const { state, reason } = main.dataset;
        return state === wanted && (why === undefined || (reason ?? null) === why);
      },
      [state, reason],
      { timeout: patience, polling: 50 },
    );
  } catch (error) {
    const [is, why] = await Promise.all(["data-state", "data-reason"].map((name) => main.getAttribute(name).catch(() => "?")));
    throw new Error(`the page should be ${state} for ${reason}, and is ${is} for ${why}`, { cause: error });
  }
  return main;
}

/** What the page is now: its state and its reason. */
export async function now(page) {
  const main = page.locator("main");
  return [await main.getAttribute("data-state"), await main.getAttribute("data-reason")];
}

/** The button with these words. */
export const button = (page, language, key, values) => page.getByRole("button", { name: t(language, key, values), exact: true });

/** From the first screen to scanning. */
export async function begin(page, language = "ja") {
  await button(page, language, "page.start.go").click();
  await waitFor(page, "scan");
}

/** Puts settings where the page keeps them, and loads it anew: quicker than by hand. */
export async function settle(page, settings = {}) {
  await page.waitForFunction(() => document.querySelector("main") !== null && document.querySelector(".loading") === null);
  await page.evaluate(
    (settings) =>
      new Promise((resolve, reject) => {
        const opening = indexedDB.open("tegata");
        opening.onerror = () => reject(opening.error);
        opening.onsuccess = () => {
          const writing = opening.result.transaction("kept", "readwrite");
          writing.objectStore("kept").put(settings, "settings");
          writing.oncomplete = () => resolve(opening.result.close());
          writing.onerror = () => reject(writing.error);
        };
      }),
    { started: true, view: "venue", clear: 0, sound: false, camera: "none", ...settings },
  );
  await page.reload();
  await waitFor(page, "scan");
}

/** Pastes a text, as from the clipboard. */
export async function paste(page, text) {
  await page.evaluate((text) => {
    const clipboardData = new DataTransfer();
    clipboardData.setData("text/plain", text);
    document.body.dispatchEvent(new ClipboardEvent("paste", { clipboardData, bubbles: true, cancelable: true }));
  }, text);
}

/** Pastes a code from the scanning screen, and waits for the report's answer. */
export async function check(page, text, { outcome, reason }) {
  await paste(page, text);
  return waitFor(page, outcome, reason);
}

/** Leaves a verdict. */
export async function next(page) {
  await page.locator(".decide .same").click();
  await waitFor(page, "scan");
}

/** Everything that is on screen. */
export const shown = (page) => page.locator("body").innerText();

/**
 * Every text that somebody could find on the device or in the page: its tree, title, address, history, storage of
 * every kind, and what the console was told.
 */
export async function everything(page) {
  const kept = await page.evaluate(async () => {
    const found = [document.documentElement.outerHTML, document.title, location.href, JSON.stringify(history.state), document.cookie, name];
    for (const field of document.querySelectorAll("input, textarea, select")) found.push(field.value);
    for (const storage of [localStorage, sessionStorage]) found.push(JSON.stringify({ ...storage }));
    const text = (value) => {
      if (value instanceof Uint8Array) return new TextDecoder("utf-8").decode(value) + new TextDecoder("utf-16le").decode(value);
      return JSON.stringify(value, (_key, part) => (part instanceof Uint8Array ? text(part) : part));
    };
    const done = (request) => new Promise((resolve, reject) => ((request.onsuccess = () => resolve(request.result)), (request.onerror = () => reject(request.error))));
    for (const { name } of await indexedDB.databases()) {
      const database = await done(indexedDB.open(name));
      for (const table of database.objectStoreNames) {
        const store = database.transaction(table).objectStore(table);
        const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
        found.push(`${name} ${table} ${JSON.stringify(keys)}`, ...values.map(text));
      }
      database.close();
    }
    for (const key of await caches.keys()) {
      const cache = await caches.open(key);
      for (const request of await cache.keys()) {
        const answer = await cache.match(request);
        found.push(`${key} ${request.url}`, await answer.text());
      }
    }
    return found.join("\n");
  });
  return [kept, ...page.record.said.map(({ text }) => text), ...page.record.errors].join("\n");
}

/** The spellings that a person's texts have on screen. */
export function spellings(personal) {
  return personal.flatMap((text) => [text, text.replaceAll("\u3000", " "), ...text.split(/[\u3000 ]/).filter((part) => part.length > 1)]);
}

/** Fails where anything of the person is left. `before` is what was there before anybody came. */
export async function assertForgotten(page, personal, before) {
  const telling = spellings(personal).filter((text) => !before.includes(text));
  assert.ok(telling.length >= 3, `texts that tell: ${telling}`);
  const found = await everything(page);
  assert.deepEqual(telling.filter((text) => found.includes(text)), [], "what is left of a person");
}

/**
 * Types as a hand scanner does: keys in one burst, and Enter. A text is typed as on a keyboard of the United States.
 * All in one turn of the page: on a machine that is busy the way from here to there would look like a scanner's pause.
 */
export async function scanner(page, keys, { enter = true } = {}) {
  await page.evaluate((strokes) => {
    for (const { key, code, shift, virtual } of strokes) {
      const target = document.activeElement ?? document.body;
      const event = { key, code, shiftKey: shift ?? false, keyCode: virtual ?? 0, bubbles: true, cancelable: true, composed: true };
      target.dispatchEvent(new KeyboardEvent("keydown", event));
      target.dispatchEvent(new KeyboardEvent("keyup", event));
    }
  }, strokesOf(keys, enter));
}

/** The same through the browser's own input, so that keys do what keys do: press buttons, fill fields. For few keys. */
export async function keyboard(page, keys, { enter = true } = {}) {
  const session = await page.context().newCDPSession(page);
  const sent = strokesOf(keys, enter).flatMap(({ key, code, text, shift, virtual }) => {
    const event = { key, code, modifiers: shift ? 8 : 0, windowsVirtualKeyCode: virtual ?? 0 };
    const down = text === undefined ? { ...event, type: "rawKeyDown" } : { ...event, type: "keyDown", text, unmodifiedText: text };
    return [session.send("Input.dispatchKeyEvent", down), session.send("Input.dispatchKeyEvent", { ...event, type: "keyUp" })];
  });
  await Promise.all(sent);
  await session.detach();
}

function strokesOf(keys, enter) {
  const strokes = typeof keys === "string" ? [...keys].map(usKey) : [...keys];
  if (enter) strokes.push({ key: "Enter", code: "Enter", text: "\r", virtual: 13 });
  return strokes;
}

const US = new Map();
for (const [code, plain, shifted] of [
  ..."abcdefghijklmnopqrstuvwxyz".split("").map((letter) => [`Key${letter.toUpperCase()}`, letter, letter.toUpperCase()]),
  ...[..."1234567890"].map((digit, at) => [`Digit${digit}`, digit, "!@#$%^&*()"[at]]),
  ["Minus", "-", "_"], ["Equal", "=", "+"], ["BracketLeft", "[", "{"], ["BracketRight", "]", "}"], ["Backslash", "\\", "|"],
  ["Semicolon", ";", ":"], ["Quote", "'", '"'], ["Backquote", "`", "~"], ["Comma", ",", "<"], ["Period", ".", ">"], ["Slash", "/", "?"],
  ["Space", " ", " "],
]) {
  US.set(shifted, { key: shifted, code, text: shifted, shift: true });
  US.set(plain, { key: plain, code, text: plain, shift: false });
}

/** The key that gives a letter on a keyboard of the United States. */
export function usKey(letter) {
  const found = US.get(letter);
  if (found === undefined) throw new Error(`no key for ${letter}`);
  return found;
}
