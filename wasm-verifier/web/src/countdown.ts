/** The time until a result is cleared: it can be held, and runs on where it stopped. */

export class Countdown {
  /** Milliseconds; 0 for never. */
  readonly whole: number;
  #left: number;
  #since: number | undefined;

  constructor(seconds: number, now: number) {
    this.whole = seconds * 1000;
    this.#left = this.whole;
    this.#since = seconds === 0 ? undefined : now;
  }

  get held(): boolean {
    return this.whole > 0 && this.#since === undefined;
  }

  left(now: number): number {
    return Math.max(0, this.#left - (this.#since === undefined ? 0 : now - this.#since));
  }

  over(now: number): boolean {
    return this.whole > 0 && !this.held && this.left(now) === 0;
  }

  /** Holds it, or lets it run on. */
  toggle(now: number): void {
    if (this.whole === 0) return;
    if (this.#since === undefined) this.#since = now;
    else {
      this.#left = this.left(now);
      this.#since = undefined;
    }
  }
}
