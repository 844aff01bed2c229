/**
 * Which codes were scanned since the page was opened, by a salted hash: enough to say "already scanned", and
 * nothing that could be looked up later. The salt is never written down and ends with the page.
 */

/** The oldest are forgotten first. */
const KEPT_MAX = 5000;

export class Recent {
  readonly #salt = crypto.getRandomValues(new Uint8Array(32));
  /** Undefined on an insecure origin: then nothing is recognised again. */
  readonly #subtle: SubtleCrypto | undefined = globalThis.crypto?.subtle;
  readonly #seen = new Map<string, number>();

  /** The mark of a text; undefined where the browser cannot hash. */
  async mark(text: string): Promise<string | undefined> {
    if (this.#subtle === undefined) return undefined;
    const bytes = new TextEncoder().encode(text);
    const salted = new Uint8Array(this.#salt.length + bytes.length);
    salted.set(this.#salt);
    salted.set(bytes, this.#salt.length);
    const hash = new Uint8Array(await this.#subtle.digest("SHA-256", salted));
    return String.fromCharCode(...hash);
  }

  /** When this mark was seen last, in seconds. */
  last(mark: string): number | undefined {
    return this.#seen.get(mark);
  }

  /** Notes that it was seen. */
  note(mark: string, at: number): void {
    this.#seen.delete(mark);
    this.#seen.set(mark, at);
    if (this.#seen.size > KEPT_MAX) {
      const [oldest] = this.#seen.keys();
      if (oldest !== undefined) this.#seen.delete(oldest);
    }
  }
}
