/** The package, served as a folder, with whatever else a page of a test asks for. */

import { createServer } from "node:http";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { extname, join } from "node:path";
import { packageFolder } from "./stage.mjs";

const TYPES = { ".js": "text/javascript", ".wasm": "application/wasm" };

/** Serves it, or another build of it, on this machine; `more` gives the bytes of other paths, or nothing. */
export async function servePackage(more = () => undefined, folder = packageFolder) {
  const server = createServer((request, response) => {
    const path = new URL(request.url, "http://localhost").pathname;
    const send = (type, body) => response.writeHead(200, { "content-type": type }).end(body);
    if (path === "/") return send("text/html", "<!doctype html><title>package</title>");
    const other = more(path);
    if (other !== undefined) return send(TYPES[extname(path)] ?? "application/octet-stream", other);
    const file = join(folder, path);
    if (!/^\/(dist|wasm)\/[\w.-]+$/.test(path) || !existsSync(file)) return response.writeHead(404).end();
    return send(TYPES[extname(path)] ?? "application/octet-stream", readFileSync(file));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const stop = () => {
    server.closeAllConnections();
    server.close();
  };
  return { url: `http://127.0.0.1:${server.address().port}/`, stop };
}
