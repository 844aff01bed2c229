/** Cards that are split over several codes: they are waited for, and said to be missing if they do not come. */

import { ChunkCollector } from "@tegata/verifier";
import type { Stage } from "./state.ts";

/** How long the next code is waited for, in milliseconds. */
const WAIT = 30_000;

export class Cards {
  readonly #stage: Stage;
  readonly #more: () => void;
  readonly #missing: () => void;
  #collector: ChunkCollector | undefined;
  #timer = 0;

  /** `more` hears that a code of several was taken, `missing` that the others did not come. */
  constructor(stage: Stage, more: () => void, missing: () => void) {
    this.#stage = stage;
    this.#more = more;
    this.#missing = missing;
  }

  /** A code that stands by itself, or the card that it completes. Only once the verifier is loaded. */
  take(code: string): string | undefined {
    this.#collector ??= new ChunkCollector();
    const text = this.#collector.take(code);
    if (text !== undefined) return text;
    const chunks = this.#collector.missing();
    if (chunks?.have === this.#stage.state.chunks?.have) return undefined;
    this.#stage.set({ chunks });
    this.#more();
    clearTimeout(this.#timer);
    this.#timer = window.setTimeout(() => {
      this.clear();
      this.#missing();
    }, WAIT);
    return undefined;
  }

  /** Forgets the codes of a card that is not complete. */
  clear(): void {
    clearTimeout(this.#timer);
    this.#collector?.clear();
    if (this.#stage.state.chunks !== undefined) this.#stage.set({ chunks: undefined });
  }
}
