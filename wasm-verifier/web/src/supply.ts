/** What is needed to judge: the config, the verifier, and lists. Where one of them cannot be had, it says which. */

import verifierWasm from "@tegata/verifier/verifier.wasm?url";
import { init, type Verifier } from "@tegata/verifier";
import { now } from "./clock.ts";
import { type Config, fetchConfig, pinOf, readPin } from "./config.ts";
import { BLOCKING, type HelpKind } from "./screen.ts";
import type { Stage, State } from "./state.ts";
import type { Store } from "./store.ts";
import { clockIsBehind, isOfClock, Trust, type UpdateAnswer } from "./trust.ts";

/** Failures that say that there are no lists at the address, not that they are wrong. */
const NOT_THERE = new Set(["http", "list-withheld"]);
/** Help that new lists or a right clock take away. */
const PASSING: ReadonlySet<HelpKind> = new Set(
  [...BLOCKING].filter((help) => help !== "failed" && help !== "other-root"),
);
/** In localStorage, which goes with IndexedDB unless somebody tampers: says that there were lists once. */
const MARK = "tegata-set-up";

export class Supply {
  readonly #stage: Stage;
  readonly #store: Store;
  #config: Config | undefined;
  #trust: Trust | undefined;
  #equipping: Promise<void> | undefined;
  /** Whether it was said since the last update that the lists could not be kept. */
  #fullTold = false;

  constructor(stage: Stage, store: Store) {
    this.#stage = stage;
    this.#store = store;
  }

  get verifier(): Verifier | undefined {
    return this.#trust?.verifier;
  }

  /** Gets what is missing. Ends with a help card where it cannot be had. */
  equip(): Promise<void> {
    this.#equipping ??= this.#equip().finally(() => (this.#equipping = undefined));
    return this.#equipping;
  }

  async #equip(): Promise<void> {
    const [found, loaded, kept] = await Promise.all([
      fetchConfig(),
      init(verifierWasm).then(() => true, () => false),
      this.#store.get("pin"),
    ]);
    if (!loaded) return this.#stage.help("failed");
    const pin = readPin(kept, document.baseURI);
    const config = found ?? pin;
    if (config === undefined) return this.#stage.help("setup");
    this.#stage.set({ demo: config.demo });
    if (pin !== undefined && pin.root !== config.root) {
      return this.#stage.help("other-root", `${pin.root.slice(0, 8)} ${config.root.slice(0, 8)}`);
    }
    this.#config = config;
    const trust = new Trust(this.#store, config);
    const failure = await trust.openKept();
    this.#trust = trust;
    this.see();
    if (failure !== undefined && isOfClock(failure)) return this.#stage.help("clock");
    if (trust.verifier === undefined) return this.#update(trust);
    // The network never holds up scanning.
    void this.#update(trust);
    this.judge();
  }

  /** Brings the lists up to date; the lists in force stay if that fails. */
  async update(): Promise<void> {
    if (this.#trust === undefined) await this.equip();
    else await this.#update(this.#trust);
  }

  async #update(trust: Trust): Promise<void> {
    if (trust.updating) return;
    this.#stage.set({ updating: true });
    await this.#updated(trust, await trust.update().catch((): UpdateAnswer => ({ kind: "offline" })));
  }

  /** Takes lists from a file. */
  async load(file: Blob): Promise<void> {
    if (this.#trust === undefined) await this.equip();
    const trust = this.#trust;
    if (trust !== undefined) await this.#updated(trust, await trust.load(new Uint8Array(await file.arrayBuffer())));
  }

  async #updated(trust: Trust, answer: UpdateAnswer): Promise<void> {
    this.see({ updating: false, updated: answer });
    if (trust.verifier === undefined) {
      if (answer.kind !== "failed" || NOT_THERE.has(answer.failure.code)) {
        return this.#stage.help(mark() ? "storage-evicted" : "no-lists");
      }
      if (isOfClock(answer.failure)) return this.#stage.help("clock");
      const { code } = answer.failure;
      return code === "list-expired" ? this.#stage.help("lists-expired") : this.#stage.help("lists-refused", code);
    }
    mark(true);
    if (this.#config !== undefined) await this.#store.put("pin", pinOf(this.#config)).catch(() => undefined);
    this.#fullTold = false;
    this.judge();
  }

  /** Shows the help that the lists in force call for, and takes away what they no longer do. */
  judge(): void {
    const { info, screen } = this.#stage.state;
    if (info === undefined) return;
    const help = clockIsBehind(info, now()) ? "clock" : info.freshness === "expired" ? "lists-expired" : undefined;
    if (help === undefined && screen.name === "scan" && this.#trust?.full === true && !this.#fullTold) {
      this.#fullTold = true;
      this.#stage.help("storage-full");
    } else if (help === undefined) {
      if (screen.name === "help" && PASSING.has(screen.help)) this.#stage.scan();
    } else if (screen.name === "scan" || screen.name === "start" || (screen.name === "help" && screen.help !== help)) {
      this.#stage.help(help);
    }
  }

  /** Shows what the lists are by now. */
  see(patch: Partial<State> = {}): void {
    const info = this.#trust?.info();
    const demo = (this.#config?.demo ?? this.#stage.state.demo) || (info?.demo ?? false);
    this.#stage.set({ ...patch, info, demo, kept: this.#trust?.kept ?? "not" });
  }

  /** After a trap in the verifier its memory cannot be trusted: the page has to be loaded anew. */
  broken(): void {
    this.#trust = undefined;
    this.#stage.help("failed");
  }

  /** Erases what is kept. */
  async reset(): Promise<void> {
    mark(false);
    await this.#store.reset().catch(() => undefined);
  }
}

/** Whether there were lists once; sets or removes the mark if told to. */
function mark(set?: boolean): boolean {
  try {
    const had = localStorage.getItem(MARK) !== null;
    if (set === true) localStorage.setItem(MARK, "1");
    if (set === false) localStorage.removeItem(MARK);
    return had;
  } catch {
    return false;
  }
}
