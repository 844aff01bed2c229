/**
 * Whoever serves the page: `tegata-verifier serve` where it is built, and otherwise, or where a server is to behave
 * as the real one never does, a small one of our own. Both on this machine only, both can be killed and come back.
 */

import { spawn } from "node:child_process";
import { once } from "node:events";
import { createReadStream, existsSync, statSync } from "node:fs";
import { createServer } from "node:http";
import { extname, join, normalize } from "node:path";
import { createInterface } from "node:readline";
import { onStage, pageFolder, stage } from "./stage.mjs";

const POLICY =
  "default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; img-src 'self' blob:; " +
  "media-src 'self' blob:; font-src 'self'; connect-src 'self'; worker-src 'self'; manifest-src 'self'; " +
  "base-uri 'none'; form-action 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types tegata";

const TYPES = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".json": "application/json",
  ".wasm": "application/wasm",
  ".svg": "image/svg+xml",
  ".png": "image/png",
  ".webmanifest": "application/manifest+json",
};

/** The root that each set of lists stands under. */
const ROOTS = { current: "root", newer: "root", stale: "old_root", expired: "old_root", "other-root": "other_root" };

const verifier = process.env.TEGATA_VERIFIER;
const running = new Set();

/** Serves the page with a set of lists. `own` asks for the small server, with what it is to do otherwise. */
export async function serve(lists = "current", own) {
  const server = verifier === undefined || own !== undefined ? new Own(lists, own ?? {}) : new Real(lists);
  await server.start();
  running.add(server);
  return server;
}

/** Stops whatever a test that failed left running. */
export async function stopAll() {
  await Promise.all([...running].map((server) => server.stop()));
}

class Real {
  port = 0;

  constructor(lists) {
    this.lists = lists;
  }

  async start() {
    const root = stage[ROOTS[this.lists]];
    const line = ["serve", "--listen", `127.0.0.1:${this.port}`, "--trust", onStage(`bundles/${this.lists}.cbor`)];
    line.push("--root", root, "--demo", "--page", pageFolder);
    this.child = spawn(verifier, line, { stdio: ["ignore", "pipe", "pipe"] });
    let said = "";
    this.child.stderr.on("data", (data) => (said += data));
    const first = await Promise.race([
      once(createInterface(this.child.stdout), "line"),
      once(this.child, "exit").then(() => undefined),
    ]);
    if (first === undefined) throw new Error(`the server ended: ${said}`);
    this.child.stdout.resume();
    this.url = first[0].trim();
    this.port = new URL(this.url).port;
  }

  async stop() {
    if (this.child === undefined || this.child.exitCode !== null || this.child.signalCode !== null) return;
    const gone = once(this.child, "exit");
    this.child.kill();
    await gone;
  }

  /** Comes back at the same address, with other lists if told so. */
  async restart(lists = this.lists) {
    await this.stop();
    this.lists = lists;
    await this.start();
  }
}

class Own {
  port = 0;
  /** The paths that were asked for. */
  asked = [];

  /** `config` replaces members of config.json, `host` is another name of this machine, `page` another folder. */
  constructor(lists, { config = {}, host = "127.0.0.1", page = pageFolder, base = "/", policy = POLICY } = {}) {
    Object.assign(this, { lists, config, host, page, base, policy });
  }

  async start() {
    this.server = createServer((request, response) => this.#answer(request, response));
    this.server.listen(Number(this.port), "127.0.0.1");
    await once(this.server, "listening");
    this.port = this.server.address().port;
    this.url = `http://${this.host}:${this.port}${this.base}`;
  }

  #answer(request, response) {
    const { pathname } = new URL(request.url, "http://localhost");
    this.asked.push(`${request.method} ${request.url}`);
    const headers = { "content-security-policy": this.policy, "x-content-type-options": "nosniff", "cache-control": "no-cache" };
    if (!pathname.startsWith(this.base)) return response.writeHead(404).end();
    const path = pathname.slice(this.base.length);
    if (path === "config.json") {
      const config = { form: "tegata-page/1", root: stage[ROOTS[this.lists]], lists: "lists/", demo: true, ...this.config };
      return response.writeHead(200, { ...headers, "content-type": TYPES[".json"] }).end(JSON.stringify(config));
    }
    const below = path.startsWith("lists/") ? onStage(`lists/${this.lists}`) : this.page;
    const name = path.startsWith("lists/") ? path.slice("lists/".length) : path === "" ? "index.html" : path;
    const file = join(below, normalize(`/${decodeURIComponent(name)}`));
    if (!existsSync(file) || !statSync(file).isFile()) return response.writeHead(404, headers).end();
    response.writeHead(200, { ...headers, "content-type": TYPES[extname(file)] ?? "application/octet-stream" });
    createReadStream(file).pipe(response);
  }

  async stop() {
    if (this.server === undefined || !this.server.listening) return;
    const closed = once(this.server, "close");
    this.server.close();
    this.server.closeAllConnections();
    await closed;
  }

  async restart(lists = this.lists) {
    await this.stop();
    this.lists = lists;
    await this.start();
  }
}
