/** What the page can show. */

import type { CameraTrouble } from "./camera.ts";
import type { Verdict } from "./verdict.ts";

export type HelpKind =
  | CameraTrouble
  | "in-app"
  | "storage-full"
  | "storage-evicted"
  | "other-root"
  | "clock"
  | "no-lists"
  | "lists-refused"
  | "lists-expired"
  | "scanner-layout"
  | "ime"
  | "setup"
  | "failed";

export type Screen =
  | { name: "loading" }
  | { name: "start" }
  | { name: "scan" }
  | { name: "verdict"; verdict: Verdict; again: number | undefined; serial: number }
  /** The person is not the one of the certificate. */
  | { name: "mismatch" }
  | { name: "unreadable" }
  | { name: "help"; help: HelpKind; detail?: string };

/** What `<main data-state>` says: for tests, and nothing of anybody. */
export function stateOf(screen: Screen): string {
  switch (screen.name) {
    case "verdict":
      return screen.verdict.outcome;
    case "mismatch":
      return "not-valid";
    case "loading":
      return "start";
    default:
      return screen.name;
  }
}

/** What `<main data-reason>` says. */
export function reasonOf(screen: Screen): string | undefined {
  switch (screen.name) {
    case "verdict":
      return screen.verdict.reason ?? undefined;
    case "mismatch":
      return "person-mismatch";
    case "help":
      return screen.help;
    default:
      return undefined;
  }
}

/** Help that stands in the way of scanning until its cause is gone. */
export const BLOCKING: ReadonlySet<HelpKind> = new Set<HelpKind>([
  "other-root",
  "clock",
  "no-lists",
  "lists-refused",
  "lists-expired",
  "storage-evicted",
  "setup",
  "failed",
]);
