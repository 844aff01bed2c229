/** What a person has chosen. Read with suspicion: storage may hold anything. */

import { isLanguage, type Language } from "./language.ts";

export const VIEWS = ["venue", "counter", "border", "kiosk"] as const;
export type View = (typeof VIEWS)[number];

export interface Settings {
  started: boolean;
  /** Undefined: the browser's. */
  language: Language | undefined;
  view: View;
  /** The rule set to judge by, by its id; undefined: whether a certificate is authentic and in force is all. */
  purpose: string | undefined;
  /** Seconds until a result is cleared; 0 for never. */
  clear: number;
  sound: boolean;
  /** `auto`, `none`, or the id of a camera. */
  camera: string;
}

export const CLEAR_MIN = 5;
export const CLEAR_MAX = 200;

export const FIRST: Settings = {
  started: false,
  language: undefined,
  view: "venue",
  purpose: undefined,
  clear: 20,
  sound: true,
  camera: "auto",
};

export function readSettings(kept: unknown): Settings {
  const of = (typeof kept === "object" && kept !== null ? kept : {}) as Partial<Record<keyof Settings, unknown>>;
  return {
    started: of.started === true,
    language: isLanguage(of.language) ? of.language : undefined,
    view: VIEWS.find((view) => view === of.view) ?? FIRST.view,
    purpose: typeof of.purpose === "string" && /^[a-z0-9-]{1,40}$/.test(of.purpose) ? of.purpose : undefined,
    clear: typeof of.clear === "number" ? clearSeconds(of.clear) : FIRST.clear,
    sound: of.sound !== false,
    camera: typeof of.camera === "string" ? of.camera : FIRST.camera,
  };
}

/** The nearest that is allowed; 0 stays 0. */
export function clearSeconds(wanted: number): number {
  if (!Number.isFinite(wanted)) return FIRST.clear;
  return wanted === 0 ? 0 : Math.min(CLEAR_MAX, Math.max(CLEAR_MIN, Math.round(wanted)));
}
