/**
 * A Chromium that can be watched: each page keeps a record of what it asked for and what it complained of, and
 * `close` fails where there is anything that should not be.
 */

import assert from "node:assert/strict";
import { createServer } from "node:net";
import { once } from "node:events";

// The service worker's requests too.
process.env.PW_EXPERIMENTAL_SERVICE_WORKER_NETWORK_EVENTS ??= "1";
const { chromium } = await import("playwright-core");

export const executablePath = process.env.TEGATA_CHROMIUM ?? "/usr/bin/chromium";

/** How long a state may take to come on a slow machine, in milliseconds. */
export const PATIENCE = Number(process.env.TEGATA_PATIENCE ?? 60_000);

/** The browser itself, without what it asks of its maker. */
export const QUIET = [
  "--disable-gpu",
  "--disable-quic",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
  "--no-first-run",
  "--mute-audio",
];

/**
 * Starts a browser. `clip` is what its camera sees; `camera` is `granted`, `denied`, `none` or `untouched` (no flags).
 * Whatever is not for this machine goes to a trap, which remembers it.
 */
export async function launch({ clip, camera = "granted", args = [] } = {}) {
  const trap = await setTrap();
  const flags = [...QUIET, `--proxy-server=127.0.0.1:${trap.port}`, "--host-resolver-rules=MAP page.test 127.0.0.1", "--proxy-bypass-list=page.test"];
  if (camera === "granted" || camera === "denied") flags.push("--use-fake-device-for-media-stream");
  if (camera === "granted") flags.push("--use-fake-ui-for-media-stream");
  if (camera === "denied") flags.push("--use-fake-ui-for-media-stream=deny");
  if (camera === "none") flags.push("--use-fake-device-for-media-stream=device-count=0", "--use-fake-ui-for-media-stream");
  if (clip !== undefined) flags.push(`--use-file-for-fake-video-capture=${clip}`);
  const browser = await chromium.launch({ executablePath, headless: true, args: [...flags, ...args] });
  browser.trap = trap;
  running.add(browser);
  browser.once("disconnected", () => trap.close());
  return browser;
}

const running = new Set();

/** Ends whatever a test that failed left running. */
export async function quitAll() {
  await Promise.all([...running].map((browser) => browser.close()));
}

/** A proxy that passes nothing on, and tells what was asked of it. */
async function setTrap() {
  const caught = [];
  const server = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.once("data", (data) => {
      caught.push(String(data).split("\r\n")[0]);
      socket.end("HTTP/1.1 502 no\r\n\r\n");
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  server.unref();
  return { port: server.address().port, caught, close: () => server.close() };
}

/** What a page may ask its own origin for. */
const OWN = /^(|index\.html|config\.json|sw\.js|manifest\.webmanifest|assets\/[\w.-]+|icons\/[\w.-]+|lists\/v1\/[\w./-]+)$/;
/** What the browser asks its maker for in spite of its flags. */
const MAKERS = /^(CONNECT|GET|POST) (http:\/\/)?[\w.-]*\.?(google|googleapis|gvt1|gstatic|googleusercontent)\.com/;

/**
 * Opens a page in a fresh profile and watches it. `expected` is what the console may say: a server that was killed
 * is complained of, for example.
 */
export async function open(browser, url, { expected = [], before, goto = true, init, ...options } = {}) {
  const context = await browser.newContext({ locale: "ja-JP", viewport: { width: 390, height: 844 }, ...options });
  const record = { asked: [], said: [], dialogs: [], errors: [], violations: [], sockets: [] };
  context.on("request", (request) => record.asked.push({ method: request.method(), url: request.url(), body: request.postData() }));
  context.on("console", (message) => record.said.push({ type: message.type(), text: message.text(), where: message.location().url }));
  context.on("weberror", (error) => record.errors.push(String(error.error())));
  context.on("dialog", (dialog) => {
    record.dialogs.push(dialog.message());
    void dialog.dismiss();
  });
  await context.addInitScript(() => {
    globalThis.violations = [];
    addEventListener("securitypolicyviolation", (event) => {
      globalThis.violations.push(`${event.effectiveDirective}: ${event.blockedURI} ${event.sample}`);
    });
  });
  if (init !== undefined) await context.addInitScript(init);
  await before?.(context);
  const page = await context.newPage();
  page.on("websocket", (socket) => record.sockets.push(socket.url()));
  page.setDefaultTimeout(PATIENCE);
  page.record = record;
  page.expected = expected;
  page.base = url;
  if (goto) await page.goto(url);
  return page;
}

/** Ends a page, and fails for anything that it should not have asked, said or done. */
export async function close(page) {
  const { record, base, expected } = page;
  const violations = page.isClosed() ? [] : await page.evaluate(() => globalThis.violations ?? []).catch(() => []);
  const { trap } = page.context().browser();
  await page.context().close();
  const foreign = record.asked.filter(({ method, url, body }) => {
    if (url.startsWith("blob:")) return false;
    return method !== "GET" || body !== null || !url.startsWith(base) || !OWN.test(url.slice(base.length));
  });
  assert.deepEqual(foreign, [], "requests that are none of the page's");
  assert.deepEqual(trap.caught.filter((line) => !MAKERS.test(line)), [], "requests that left this machine");
  assert.deepEqual(record.sockets, [], "sockets");
  assert.deepEqual(record.dialogs, [], "dialogs");
  assert.deepEqual(violations, [], "violations of the page's policy");
  assert.deepEqual(record.errors, [], "errors of the page");
  // An update asks whether there is a next root; mostly there is none.
  const asksForRoots = ({ text, where }) => /status of 404/.test(text) && /\/lists\/v1\/root\/\d+\.cose$/.test(where);
  const complaints = record.said.filter((said) => (said.type === "error" || said.type === "warning") && !asksForRoots(said));
  const surprising = complaints.filter(({ text }) => !expected.some((pattern) => pattern.test(text)));
  assert.deepEqual(surprising, [], "what the page said in the console");
}

/** What Chromium says when the server is away, or goes while it answers. */
export const AWAY = /net::ERR_(CONNECTION_REFUSED|INTERNET_DISCONNECTED|FAILED|CONNECTION_RESET|EMPTY_RESPONSE|INCOMPLETE_CHUNKED_ENCODING)/;
