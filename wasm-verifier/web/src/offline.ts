/** The service worker, from the page's side: registered once, asked hourly, changed between two scans only. */

import { scriptUrl } from "./policy.ts";

const HOUR = 3_600_000;

/** Registers it. `ready` hears that a new version waits, and how to change to it. */
export async function stayOffline(ready: (change: () => void) => void): Promise<void> {
  const { serviceWorker } = navigator;
  if (serviceWorker === undefined) return;
  // The first worker takes this page over too; that is no new version.
  let replaced = serviceWorker.controller !== null;
  serviceWorker.addEventListener("controllerchange", () => {
    if (replaced) location.reload();
    replaced = true;
  });
  try {
    const registration = await serviceWorker.register(scriptUrl("service"), { updateViaCache: "none" });
    const offer = () => {
      const { waiting } = registration;
      if (waiting !== null && serviceWorker.controller !== null) ready(() => waiting.postMessage("take-over"));
    };
    offer();
    registration.addEventListener("updatefound", () => {
      const next = registration.installing;
      next?.addEventListener("statechange", () => next.state === "installed" && offer());
    });
    setInterval(() => void registration.update().catch(() => undefined), HOUR);
  } catch {
    // Without it the page needs the network; everything else works.
  }
}
