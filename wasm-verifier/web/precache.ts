import { createHash } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Plugin } from "vite";

/** Files that the service worker must not keep: they replace it. */
const WORKERS = ["sw.js", "sw-kill.js"];

/**
 * Tells the service worker which files make up this release, each with its SHA-256: what is kept is
 * believed by its digest, not because it is in a cache.
 */
export function precache(): Plugin {
  let publicDir = "";
  return {
    name: "tegata-precache",
    apply: "build",
    enforce: "post",
    configResolved(config) {
      publicDir = config.publicDir;
    },
    generateBundle: {
      order: "post",
      handler(_options, bundle) {
        const digests: Record<string, string> = {};
        const add = (path: string, content: string | Uint8Array) => {
          // The folder itself: a web server may answer index.html with a redirect, which no navigation takes.
          digests[path === "index.html" ? "./" : path] = createHash("sha256").update(content).digest("base64");
        };
        for (const file of Object.values(bundle)) {
          if (!WORKERS.includes(file.fileName)) add(file.fileName, file.type === "chunk" ? file.code : file.source);
        }
        for (const path of files(publicDir)) add(path, readFileSync(join(publicDir, path)));
        const sw = bundle["sw.js"];
        if (sw?.type !== "chunk" || !sw.code.includes("__PRECACHE__")) throw new Error("sw.js takes no list of files");
        const sorted = Object.fromEntries(Object.entries(digests).sort(([a], [b]) => (a < b ? -1 : 1)));
        sw.code = sw.code.replace("__PRECACHE__", JSON.stringify(sorted));
      },
    },
  };
}

function files(folder: string, below = ""): string[] {
  return readdirSync(join(folder, below), { withFileTypes: true }).flatMap((entry) => {
    const path = below === "" ? entry.name : `${below}/${entry.name}`;
    return entry.isDirectory() ? files(folder, path) : [path];
  });
}
