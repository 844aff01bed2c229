/** Codes that are seen and not read: never silence, for silence is how a fake gets through. */

/** After so long come tips, then the stop; in milliseconds. */
export const TIPS_AFTER = 4000;
export const STOP_AFTER = 10_000;
/** A code that is out of sight for longer was another one. */
const GAP = 1200;

export class Unread {
  #since: number | undefined;
  #last = -Infinity;

  /** Takes what a frame at a time showed. */
  look(seen: boolean, at: number): "nothing" | "tips" | "stop" {
    if (at - this.#last > GAP) this.#since = undefined;
    if (seen) {
      this.#since ??= at;
      this.#last = at;
    }
    if (this.#since === undefined) return "nothing";
    const waited = at - this.#since;
    return waited >= STOP_AFTER ? "stop" : waited >= TIPS_AFTER ? "tips" : "nothing";
  }

  clear(): void {
    this.#since = undefined;
    this.#last = -Infinity;
  }
}
