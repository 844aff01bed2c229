/**
 * The service worker: the page opens with no network, from the files of one release.
 *
 * Trust lists are never kept here: they live in IndexedDB, where the verifier checks them again. A cache
 * is not trusted either: each file is believed by its digest, which is part of this script.
 * `sw-kill.js`, served in place of `sw.js`, takes everything down again.
 */
declare const __PRECACHE__: Record<string, string>;
declare const self: ServiceWorkerGlobalScope;

/** Path relative to the scope, and its SHA-256 in base64. */
const digests: Readonly<Record<string, string>> = __PRECACHE__;
const CONFIG = "config.json";
/** A network that hangs must not keep the page from opening, in milliseconds. */
const CONFIG_WAIT = 2000;

const scope = self.registration.scope;
const url = (path: string) => new URL(path, scope).href;
const pathOf = new Map(Object.keys(digests).map((path) => [url(path), path]));

async function digest(text: BufferSource): Promise<string> {
  return btoa(String.fromCharCode(...new Uint8Array(await crypto.subtle.digest("SHA-256", text))));
}

/** The cache's name holds the release and the scope: another page of this origin keeps its own. */
const cacheName = digest(new TextEncoder().encode(JSON.stringify(digests))).then((all) => `tegata ${scope} ${all}`);
const ours = (name: string) => name.startsWith(`tegata ${scope} `);

async function fetchWhole(path: string): Promise<Response> {
  const response = await fetch(url(path), { cache: "no-cache", integrity: `sha256-${digests[path]}` });
  if (!response.ok || response.redirected) throw new Error(`${path}: ${response.status}`);
  return response;
}

self.addEventListener("install", (event) => {
  event.waitUntil(
    (async () => {
      const cache = await caches.open(await cacheName);
      await Promise.all(Object.keys(digests).map(async (path) => cache.put(url(path), await fetchWhole(path))));
      // Best effort: without it the page asks again.
      await freshConfig(cache).catch(() => undefined);
    })(),
  );
});

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const keep = await cacheName;
      const old = (await caches.keys()).filter((name) => ours(name) && name !== keep);
      await Promise.all(old.map((name) => caches.delete(name)));
      await self.clients.claim();
    })(),
  );
});

/** The page asks for it between two scans: a new release never breaks into one. */
self.addEventListener("message", (event) => {
  if (event.data === "take-over") void self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  if (request.method !== "GET") return;
  const asked = new URL(request.url);
  asked.hash = asked.search = "";
  const page = request.mode === "navigate" && [url("./"), url("index.html")].includes(asked.href);
  const path = page ? "./" : pathOf.get(asked.href);
  if (path !== undefined) event.respondWith(kept(path));
  else if (asked.href === url(CONFIG)) event.respondWith(config());
});

async function kept(path: string): Promise<Response> {
  const cache = await caches.open(await cacheName);
  const found = await cache.match(url(path));
  if (found !== undefined) {
    const body = await found.arrayBuffer();
    if ((await digest(body)) === digests[path]) {
      return new Response(body, { status: 200, headers: found.headers });
    }
    await cache.delete(url(path));
  }
  const response = await fetchWhole(path);
  await cache.put(url(path), response.clone()).catch(() => undefined);
  return response;
}

async function freshConfig(cache: Cache): Promise<Response> {
  const response = await fetch(url(CONFIG), { cache: "no-cache", signal: AbortSignal.timeout(CONFIG_WAIT) });
  // A captive portal answers too, with a page of its own.
  if (!response.ok || response.redirected) throw new Error(`${CONFIG}: ${response.status}`);
  JSON.parse(await response.clone().text());
  await cache.put(url(CONFIG), response.clone()).catch(() => undefined);
  return response;
}

async function config(): Promise<Response> {
  const cache = await caches.open(await cacheName);
  try {
    return await freshConfig(cache);
  } catch {
    return (await cache.match(url(CONFIG))) ?? Response.error();
  }
}

export {};
