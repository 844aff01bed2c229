/** Everything that is on screen, in one place: a screen is drawn from it and from nothing else. */

import type { TrustInfo } from "@tegata/verifier";
import type { CameraChoice } from "./camera.ts";
import type { Countdown } from "./countdown.ts";
import type { Counts } from "./counts.ts";
import type { HelpKind, Screen } from "./screen.ts";
import { FIRST, type Settings } from "./settings.ts";
import type { Kept, UpdateAnswer } from "./trust.ts";

export type Panel = "settings" | "lists" | "text";

export interface State {
  screen: Screen;
  panel: Panel | undefined;
  settings: Settings;
  counts: Counts;
  info: TrustInfo | undefined;
  kept: Kept;
  updating: boolean;
  updated: UpdateAnswer | undefined;
  demo: boolean;
  camera: { on: boolean; canLight: boolean; light: boolean; choices: CameraChoice[]; current: string | undefined };
  tips: boolean;
  chunks: { have: number; of: number } | undefined;
  /** A picture is being read. */
  reading: boolean;
  /** Somebody's data was cleared just now. */
  cleared: boolean;
  /** The travel document that was typed or scanned is none. */
  zoneUnread: boolean;
  countdown: Countdown | undefined;
  /** Changes to the version that waits. */
  newVersion: (() => void) | undefined;
  /** Asks to be put on the home screen. */
  install: (() => void) | undefined;
}

export const firstState = (): State => ({
  screen: { name: "loading" },
  panel: undefined,
  settings: FIRST,
  counts: {},
  info: undefined,
  kept: "not",
  updating: false,
  updated: undefined,
  demo: false,
  camera: { on: false, canLight: false, light: false, choices: [], current: undefined },
  tips: false,
  chunks: undefined,
  reading: false,
  cleared: false,
  zoneUnread: false,
  countdown: undefined,
  newVersion: undefined,
  install: undefined,
});

/** What the parts of a session may do to what is shown. */
export interface Stage {
  readonly state: State;
  set(patch: Partial<State>): void;
  help(kind: HelpKind, detail?: string): void;
  /** Goes (back) to scanning. */
  scan(): void;
}
