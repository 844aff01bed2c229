/** The reader as the page has it: one job at a time, and a new worker after a trap. */

import { scriptUrl } from "../policy.ts";
import type { Answer, Forget, Job } from "./messages.ts";

export interface Sight {
  texts: string[];
  /** A code is there that was not read. */
  seen: boolean;
}

/** A worker that is silent for longer is stuck, in milliseconds: a still may take 2 s. */
const SILENCE = 8000;
/** So many workers in a row that fail are no accident. */
const FAILURES_MAX = 3;

export class Reader {
  /** Why the last job gave nothing: this browser's frames have no grey plane. */
  needsPixels = false;
  #worker: Worker | undefined;
  #ready: Promise<boolean> | undefined;
  #answer: ((answer: Answer) => void) | undefined;
  #failures = 0;
  #busy = false;
  readonly #broken: () => void;

  /** `broken` hears that the reader cannot be had at all. */
  constructor(broken: () => void) {
    this.#broken = broken;
  }

  get busy(): boolean {
    return this.#busy;
  }

  /** Loads the worker ahead of the first frame. */
  warm(): Promise<boolean> {
    this.#ready ??= this.#start();
    return this.#ready;
  }

  /** Looks at one frame or picture; undefined if nothing came of it. Never two at once. */
  async look(job: Job, transfer: Transferable[]): Promise<Sight | undefined> {
    if (this.#busy) {
      if (job.kind === "frame") job.frame.close();
      return undefined;
    }
    this.#busy = true;
    try {
      if (!(await this.warm()) || this.#worker === undefined) {
        if (job.kind === "frame") job.frame.close();
        return undefined;
      }
      const answer = await this.#ask(() => this.#worker?.postMessage(job, transfer));
      if (answer.kind === "read") {
        this.#failures = 0;
        return { texts: answer.texts, seen: answer.seen };
      }
      if (answer.kind === "format") this.needsPixels = true;
      else this.#drop();
      return undefined;
    } finally {
      this.#busy = false;
    }
  }

  /** Reads a picture, after the frame that is being looked at. */
  async still(job: Extract<Job, { kind: "pixels" }>): Promise<Sight | undefined> {
    while (this.#busy) await new Promise((resolve) => setTimeout(resolve, 10));
    return this.look(job, [job.rgba]);
  }

  /** Lets go of the last frame. */
  forget(): void {
    this.#worker?.postMessage({ kind: "forget" } satisfies Forget);
  }

  async #start(): Promise<boolean> {
    try {
      this.#worker = new Worker(scriptUrl("reader"), { type: "module" });
    } catch {
      this.#drop();
      return false;
    }
    const worker = this.#worker;
    const answer = await this.#ask(() => {
      worker.onmessage = ({ data }: MessageEvent<Answer>) => this.#answer?.(data);
      worker.onerror = () => this.#answer?.({ kind: "failed" });
    });
    if (answer.kind === "ready") return true;
    this.#drop();
    return false;
  }

  #ask(send: () => void): Promise<Answer> {
    return new Promise((resolve) => {
      const late = setTimeout(() => this.#answer?.({ kind: "failed" }), SILENCE);
      this.#answer = (answer) => {
        clearTimeout(late);
        this.#answer = undefined;
        resolve(answer);
      };
      send();
    });
  }

  #drop(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#ready = undefined;
    this.#failures += 1;
    if (this.#failures >= FAILURES_MAX) {
      this.#failures = 0;
      this.#broken();
    }
  }
}
