/** What the page and the reader's worker say to each other. */

/** Part of a frame that is looked at, in its pixels. */
export interface Crop {
  x: number;
  y: number;
  width: number;
  height: number;
}

export type Job =
  | { kind: "frame"; frame: VideoFrame; crop: Crop }
  | { kind: "pixels"; rgba: ArrayBuffer; width: number; height: number; still: boolean };

/** Lets go of the last frame, which shows somebody's code. There is no answer. */
export interface Forget {
  kind: "forget";
}

export type Answer =
  | { kind: "ready" }
  | { kind: "read"; texts: string[]; seen: boolean }
  /** This frame's format gives no grey plane: send pixels. */
  | { kind: "format" }
  | { kind: "failed" };
