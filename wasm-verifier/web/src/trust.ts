/**
 * The lists in force: opened from what is kept, which is to say verified again, at each start; brought up to
 * date in the background; and never replaced by anything that fails.
 */

import { open, type Failure, type TrustInfo, type Verifier } from "@tegata/verifier";
import { fetchLists } from "@tegata/verifier/update";
import { isBehind, now } from "./clock.ts";
import type { Config } from "./config.ts";
import { type Store, StoreFull } from "./store.ts";

export type Kept = "kept" | "weakly" | "not";

export type UpdateAnswer =
  | { kind: "changed" }
  | { kind: "same" }
  | { kind: "offline" }
  | { kind: "failed"; failure: Failure };

/** Failures that speak of the device's clock, not of the lists. */
const OF_CLOCK = new Set(["clock-suspect", "clock-behind"]);

export const isOfClock = (failure: Failure) => OF_CLOCK.has(failure.code);

export class Trust {
  verifier: Verifier | undefined;
  updating = false;
  kept: Kept = "not";
  /** The lists could not be written for want of space. */
  full = false;
  readonly #store: Store;
  readonly #config: Config;

  constructor(store: Store, config: Config) {
    this.#store = store;
    this.#config = config;
  }

  /** Opens what is kept. What does not verify is deleted; it is fetched anew by `update`. */
  async openKept(): Promise<Failure | undefined> {
    const kept = await this.#store.get("lists");
    if (kept === undefined) return undefined;
    const { root, demo } = this.#config;
    const opened = kept instanceof Uint8Array ? open(kept, root, { demo, now: now() }) : undefined;
    if (opened?.ok === true) {
      this.verifier = opened.value;
      await this.#seeHowKept();
      return undefined;
    }
    // A wrong clock says nothing against the lists: they are needed once it is right.
    if (opened !== undefined && isOfClock(opened.error)) return opened.error;
    await this.#store.delete("lists").catch(() => undefined);
    return opened?.error;
  }

  /** Asks the page's own origin for newer lists. One at a time. */
  async update(): Promise<UpdateAnswer> {
    if (this.updating) return { kind: "same" };
    this.updating = true;
    try {
      const { root, demo, lists } = this.#config;
      // What was kept may open now: the clock was put right.
      if (this.verifier === undefined) await this.openKept();
      const held = this.verifier;
      const options = held === undefined ? { demo, now: now() } : { demo, now: now(), held };
      const got = await fetchLists(lists, root, options);
      if (!got.ok) return got.error.code === "offline" ? { kind: "offline" } : { kind: "failed", failure: got.error };
      const { verifier, changed } = got.value;
      this.verifier = verifier;
      if (held !== undefined && held !== verifier) held.free();
      if (changed || held === undefined || this.kept === "not") await this.#keep();
      return { kind: changed || held === undefined ? "changed" : "same" };
    } finally {
      this.updating = false;
    }
  }

  /** Takes lists from a file. */
  async load(bytes: Uint8Array): Promise<UpdateAnswer> {
    const { root, demo } = this.#config;
    if (this.verifier === undefined) {
      const opened = open(bytes, root, { demo, now: now() });
      if (!opened.ok) return { kind: "failed", failure: opened.error };
      this.verifier = opened.value;
    } else {
      const updated = this.verifier.update(bytes, now());
      if (!updated.ok) return { kind: "failed", failure: updated.error };
      if (!updated.value.changed) return { kind: "same" };
    }
    await this.#keep();
    return { kind: "changed" };
  }

  info(): TrustInfo | undefined {
    return this.verifier?.trustInfo(now());
  }

  async #keep(): Promise<void> {
    if (this.verifier === undefined) return;
    try {
      await this.#store.put("lists", this.verifier.keep());
      this.full = false;
      await this.#seeHowKept();
    } catch (error) {
      this.full = error instanceof StoreFull;
      this.kept = "not";
    }
  }

  async #seeHowKept(): Promise<void> {
    const lasting = await navigator.storage?.persisted?.().catch(() => false);
    this.kept = !this.#store.lasting ? "not" : lasting === true ? "kept" : "weakly";
  }
}

/** Whether the lists in force were signed after now. */
export function clockIsBehind(info: TrustInfo, at: number): boolean {
  return isBehind([info.root, info.trust, info.head, ...info.status].map((list) => list.issued_at), at);
}
