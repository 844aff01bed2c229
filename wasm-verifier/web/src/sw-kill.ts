/**
 * The kill switch: served in place of `sw.js`, it removes what earlier releases kept and itself, and loads
 * open pages anew from the server. Lists and settings in IndexedDB stay: they are checked at each start.
 */
declare const self: ServiceWorkerGlobalScope;

self.addEventListener("install", () => void self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(
    (async () => {
      const names = (await caches.keys()).filter((name) => name.startsWith(`tegata ${self.registration.scope} `));
      await Promise.all(names.map((name) => caches.delete(name)));
      await self.registration.unregister();
      const pages = await self.clients.matchAll({ type: "window" });
      await Promise.all(pages.map((page) => page.navigate(page.url).catch(() => null)));
    })(),
  );
});

export {};
