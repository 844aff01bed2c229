import { Codes, Document, Lists, Updating } from "../wasm/tegata_wasm_verifier.js";
import type { Report, TrustInfo } from "./report.js";
import { attempt, type Result } from "./result.js";

/** Seconds since 1970, by the device's clock. */
export function deviceTime(): number {
  return Math.floor(Date.now() / 1000);
}

/** What may be told to {@link open}. */
export interface Options {
  /** Whether lists of demonstrations are taken: nothing of a demonstration is valid anywhere else. */
  demo?: boolean;
  /** Seconds since 1970; the device's time if left out. */
  now?: number;
}

/** The machine-readable zone of a travel document, its check digits verified. Made by {@link readDocument}. */
export class TravelDocument {
  /** @internal */
  readonly inner: Document;

  /** @internal */
  constructor(inner: Document) {
    this.inner = inner;
  }

  /** Releases its memory now, with the personal data in it. */
  free(): void {
    this.inner.free();
  }
}

/**
 * Reads the machine-readable zone of a travel document (ICAO 9303: TD1, TD2, TD3, visas), with line ends between its
 * lines. Failures: `mrz-format`, `mrz-sex`, `check-digit:NAME`.
 */
export function readDocument(lines: string): Result<TravelDocument> {
  return attempt(() => new TravelDocument(Document.read(lines)));
}

/** What a verdict may take into account. */
export interface VerifyOptions {
  /** The travel document shown: the report's `holder` step tells whether the certificate belongs to it. */
  document?: TravelDocument;
  /**
   * The purpose, by the id of a rule set in the lists ({@link Verifier.trustInfo}): the report's `rules` step tells
   * whether the certificate is enough for it. Where the lists have no such set, the outcome is `not-checked`.
   */
  purpose?: string;
}

/** Judges scanned texts by one set of verified lists. Made by {@link open}. */
export class Verifier {
  #lists: Lists;

  /** @internal */
  constructor(lists: Lists) {
    this.#lists = lists;
  }

  /** Judges one scanned text. Nothing is trimmed: blanks are data. */
  verify(text: string, now?: number, options?: VerifyOptions): Report {
    return JSON.parse(this.verifyToJson(text, now, options)) as Report;
  }

  /** The same as one line of JSON: byte for byte what the command line writes. */
  verifyToJson(text: string, now: number = deviceTime(), options: VerifyOptions = {}): string {
    const { document, purpose } = options;
    // One report is an array without its brackets.
    if (purpose !== undefined) return this.#decide([text], now, purpose, document).slice(1, -1);
    return document ? this.#lists.verify_with(text, now, document.inner) : this.#lists.verify(text, now);
  }

  /**
   * Judges many scanned texts, each on its own: a manifest, a queue. One report a text, in their order; the same as
   * {@link verify} gives of each, in one call to the module.
   */
  verifyMany(texts: readonly string[], now: number = deviceTime(), document?: TravelDocument): Report[] {
    const reports = document
      ? this.#lists.verify_many_with([...texts], now, document.inner)
      : this.#lists.verify_many([...texts], now);
    return JSON.parse(reports) as Report[];
  }

  /**
   * Judges texts that belong together for one purpose: the codes of a family, or doses of two municipalities. Those of
   * one person (the same name and birth date) count together. One report a text, in their order.
   */
  decide(texts: readonly string[], purpose: string, now: number = deviceTime(), document?: TravelDocument): Report[] {
    return JSON.parse(this.#decide(texts, now, purpose, document)) as Report[];
  }

  #decide(texts: readonly string[], now: number, purpose: string, document?: TravelDocument): string {
    return document
      ? this.#lists.decide_with([...texts], now, purpose, document.inner)
      : this.#lists.decide([...texts], now, purpose);
  }

  /** Takes a newer bundle file. On a failure the lists stay as they were. */
  update(bundle: Uint8Array, now: number = deviceTime()): Result<{ changed: boolean }> {
    return attempt(() => ({ changed: this.#lists.update(bundle, now) }));
  }

  /** What to keep, for {@link open} at the next start, which checks it again. */
  keep(): Uint8Array {
    return this.#lists.keep();
  }

  /** What the lists are: versions, dates, ages. */
  trustInfo(now: number = deviceTime()): TrustInfo {
    return JSON.parse(this.#lists.info(now)) as TrustInfo;
  }

  /** Releases its memory now. */
  free(): void {
    this.#lists.free();
  }

  /** @internal An update that goes on from these lists. */
  updating(now: number): Updating {
    return this.#lists.updating(now);
  }

  /** @internal Goes on with newer lists. */
  replace(lists: Lists): void {
    this.#lists.free();
    this.#lists = lists;
  }
}

/**
 * Opens lists under a pinned root.
 *
 * `lists` is a published bundle file, or what {@link Verifier.keep} gave. `root` is the SHA-256 of the first root
 * file, 64 hex digits, which must come another way than the lists: they cannot vouch for themselves. Failures:
 * `bad-root`, `demo-refused`, `root-not-pinned`, `list-expired`, `clock-suspect`, or the code of whatever else does
 * not hold.
 */
export function open(lists: Uint8Array, root: string, options: Options = {}): Result<Verifier> {
  const { demo = false, now = deviceTime() } = options;
  return attempt(() => new Verifier(Lists.open(lists, root, demo, now)));
}

/** Puts together SMART Health Cards that are split over several codes. */
export class ChunkCollector {
  readonly #codes = new Codes();

  /** Takes a scanned text, and gives what can be verified now; `undefined` while codes of the card are missing. */
  take(text: string): string | undefined {
    return this.#codes.take(text);
  }

  /** How many codes of the card that was scanned last are there; `undefined` if none waits. */
  missing(): { have: number; of: number } | undefined {
    const [have, of] = [this.#codes.have(), this.#codes.of()];
    return of > 0 ? { have, of } : undefined;
  }

  /** Forgets all codes. */
  clear(): void {
    this.#codes.clear();
  }
}
