/** What happens around the page: it loses the focus, is hidden, locked or left, comes back, and time goes on. */

import type { Session } from "./session.ts";

const HOUR = 3_600_000;

export function follow(session: Session): void {
  addEventListener("blur", () => session.blur());
  addEventListener("pagehide", () => session.hide());
  addEventListener("pageshow", () => session.show());
  addEventListener("popstate", () => session.clear());
  addEventListener("online", () => void session.update());
  document.addEventListener("visibilitychange", () => (document.hidden ? session.hide() : session.show()));
  setInterval(() => session.tick(), 250);
  setInterval(() => session.age(), 30_000);
  setInterval(() => void session.update(), HOUR);
}
