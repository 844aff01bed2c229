/**
 * The journey: start, scan, verdict, and back. It holds what is shown and nothing else; personal data is in
 * `screen` and `shown` alone, and `forget` lets go of both.
 */

import verifierWasm from "@tegata/verifier/verifier.wasm?url";
import { ChunkCollector, init, readDocument, type TrustInfo } from "@tegata/verifier";
import { isInApp, isStandalone } from "./browser.ts";
import { Camera, type CameraChoice } from "./camera.ts";
import { localDay, now } from "./clock.ts";
import { type Config, fetchConfig } from "./config.ts";
import { Countdown } from "./countdown.ts";
import { type Counted, counted, type Counts, readCounts } from "./counts.ts";
import { Frames } from "./frames.ts";
import { language, type Language, preferred, speak } from "./language.ts";
import { pixelsOf } from "./picture.ts";
import { Reader, type Sight } from "./reader/reader.ts";
import { Recent } from "./recent.ts";
import { BLOCKING, type HelpKind, type Screen } from "./screen.ts";
import { FIRST, readSettings, type Settings } from "./settings.ts";
import { signal, unlockSound, type Signal } from "./signal.ts";
import { Store } from "./store.ts";
import { clockIsBehind, isOfClock, type Kept, type Pin, Trust, type UpdateAnswer } from "./trust.ts";
import { Unread } from "./unread.ts";
import { mayShowPerson, notChecked, type Verdict, verdictOf, withoutPerson } from "./verdict.ts";
import type { Typed } from "./wedge.ts";
import { ZoneCollector } from "./zone.ts";

export type Panel = "settings" | "lists" | "text";
/** How a code came in. */
export type Source = "camera" | "picture" | "scanner" | "text";

/** The same code in view is not reported twice within this, in seconds. */
const SAME_WITHIN = 3;
/** How long the other codes of a card are waited for, in milliseconds. */
const CHUNKS_WAIT = 30_000;
/** At an unattended desk the next guest waits: seconds of a good and of any other answer. */
const KIOSK_CLEAR = { good: 4, other: 7 };
const HOUR = 3_600_000;
/** Failures that say that there are no lists at the address, not that they are wrong. */
const NOT_THERE = new Set(["http", "list-withheld"]);
/** In localStorage, which goes with IndexedDB unless somebody tampers: says that there were lists once. */
const MARK = "tegata-set-up";

interface Shown {
  /** The code, where a travel document may follow. */
  keep?: string | undefined;
  /** Seconds since it was scanned before. */
  again?: number | undefined;
  recount?: boolean;
}

export interface State {
  screen: Screen;
  panel: Panel | undefined;
  settings: Settings;
  counts: Counts;
  info: TrustInfo | undefined;
  kept: Kept;
  updating: boolean;
  updated: UpdateAnswer | undefined;
  demo: boolean;
  camera: { on: boolean; canLight: boolean; light: boolean; choices: CameraChoice[]; current: string | undefined };
  tips: boolean;
  chunks: { have: number; of: number } | undefined;
  /** A picture is being read. */
  reading: boolean;
  cleared: boolean;
  zoneUnread: boolean;
  countdown: Countdown | undefined;
  newVersion: (() => void) | undefined;
  install: (() => void) | undefined;
}

export class Session {
  state: State = {
    screen: { name: "loading" },
    panel: undefined,
    settings: FIRST,
    counts: {},
    info: undefined,
    kept: "not",
    updating: false,
    updated: undefined,
    demo: false,
    camera: { on: false, canLight: false, light: false, choices: [], current: undefined },
    tips: false,
    chunks: undefined,
    reading: false,
    cleared: false,
    zoneUnread: false,
    countdown: undefined,
    newVersion: undefined,
    install: undefined,
  };

  readonly #draw: () => void;
  readonly #camera = new Camera();
  readonly #reader = new Reader(() => this.#helped("failed"));
  readonly #frames = new Frames(this.#reader, (sight, captured) => this.#saw(sight, captured));
  readonly #unread = new Unread();
  readonly #recent = new Recent();
  readonly #zone = new ZoneCollector();
  #store: Store | undefined;
  #config: Config | undefined;
  #trust: Trust | undefined;
  #chunks: ChunkCollector | undefined;
  #chunksTimer = 0;
  /** The code of the verdict on screen, where a travel document may follow. Personal data. */
  #shown: string | undefined;
  #judging = false;
  /** Codes are not taken before this time in milliseconds, for the same mark. */
  #resumed = { mark: undefined as string | undefined, at: -Infinity };
  #serial = 0;
  #video: HTMLVideoElement | undefined;
  #inAppSeen = false;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  #set(patch: Partial<State>): void {
    Object.assign(this.state, patch);
    this.#draw();
  }

  // ---- start ---------------------------------------------------------------------------------

  async start(): Promise<void> {
    this.#listen();
    const store = await Store.open();
    this.#store = store;
    const settings = readSettings(await store.get("settings"));
    const counts = readCounts(await store.get("counts"));
    await speak(settings.language ?? preferred(navigator.languages));
    this.#set({ settings, counts });
    void this.#reader.warm();
    await this.#equip();
    if (this.state.screen.name === "loading") this.#set({ screen: { name: settings.started ? "scan" : "start" } });
    if (settings.started) void this.#watch();
  }

  /** Config, verifier, lists. Ends with a help card where one of them cannot be had. */
  async #equip(): Promise<void> {
    const store = this.#store;
    if (store === undefined) return;
    const [config, loaded, pinned] = await Promise.all([
      fetchConfig(),
      init(verifierWasm).then(() => true, () => false),
      store.get("pin"),
    ]);
    if (!loaded) return this.#helped("failed");
    if (config === undefined) return this.#helped("setup");
    this.#config = config;
    this.#chunks ??= new ChunkCollector();
    this.#set({ demo: config.demo });
    const pin = pinned as Pin | undefined;
    if (pin !== undefined && pin.root !== config.root) {
      return this.#helped("other-root", `${String(pin.root).slice(0, 8)} ${config.root.slice(0, 8)}`);
    }
    const trust = new Trust(store, config);
    this.#trust = trust;
    const failure = await trust.openKept();
    this.#seeTrust();
    if (failure !== undefined && isOfClock(failure)) return this.#helped("clock");
    if (trust.verifier !== undefined) {
      // The network never holds up scanning.
      void this.update();
      return this.#judgeLists();
    }
    await this.update();
  }

  /** Brings the lists up to date; the lists in force stay if that fails. */
  async update(): Promise<void> {
    const trust = this.#trust;
    if (trust === undefined) return this.#equip();
    if (trust.updating) return;
    this.#set({ updating: true });
    const answer = await trust.update().catch((): UpdateAnswer => ({ kind: "offline" }));
    await this.#updated(answer);
  }

  /** Takes lists from a file. */
  async loadLists(file: Blob): Promise<void> {
    if (this.#trust === undefined) await this.#equip();
    const trust = this.#trust;
    if (trust === undefined) return;
    await this.#updated(await trust.load(new Uint8Array(await file.arrayBuffer())));
  }

  async #updated(answer: UpdateAnswer): Promise<void> {
    const trust = this.#trust;
    const had = localStorageMark();
    this.#seeTrust({ updating: false, updated: answer });
    if (trust?.verifier === undefined) {
      if (answer.kind === "failed" && isOfClock(answer.failure)) return this.#helped("clock");
      if (answer.kind === "failed" && !NOT_THERE.has(answer.failure.code)) {
        return this.#helped("lists-refused", answer.failure.code);
      }
      return this.#helped(had ? "storage-evicted" : "no-lists");
    }
    localStorageMark(true);
    if (this.#config !== undefined) {
      const pin: Pin = { root: this.#config.root, demo: this.#config.demo };
      await this.#store?.put("pin", pin).catch(() => undefined);
    }
    if (trust.full && this.state.screen.name !== "verdict") return this.#helped("storage-full");
    this.#judgeLists();
  }

  /** Shows the help that the lists in force call for, and takes away what they no longer do. */
  #judgeLists(): void {
    const { info, screen } = this.state;
    if (info === undefined) return;
    const help = clockIsBehind(info, now()) ? "clock" : info.freshness === "expired" ? "lists-expired" : undefined;
    if (help !== undefined) {
      if (screen.name !== "verdict") this.#helped(help);
    } else if (screen.name === "help" && BLOCKING.has(screen.help) && screen.help !== "failed" && screen.help !== "other-root") {
      this.scan();
    }
  }

  #seeTrust(patch: Partial<State> = {}): void {
    const trust = this.#trust;
    const info = trust?.info();
    this.#set({
      ...patch,
      info,
      kept: trust?.kept ?? "not",
      demo: (this.#config?.demo ?? false) || (info?.demo ?? false),
    });
  }

  /** The tap on the start screen: only a tap may unlock sound. */
  begin(): void {
    unlockSound();
    void navigator.storage?.persist?.().then(() => this.#seeTrust(), () => undefined);
    this.change({ started: true });
    if (this.state.screen.name === "start") this.scan();
  }

  // ---- settings ------------------------------------------------------------------------------

  change(patch: Partial<Settings>): void {
    const settings = { ...this.state.settings, ...patch };
    this.#set({ settings });
    void this.#store?.put("settings", settings).catch(() => undefined);
    if (patch.camera !== undefined || patch.view !== undefined) {
      this.#rest();
      if (this.state.screen.name === "scan") void this.#watch();
    }
  }

  async speak(chosen: Language): Promise<void> {
    if (await speak(chosen)) this.change({ language: language() });
  }

  open(panel: Panel | undefined): void {
    this.#set({ panel, updated: undefined });
    this.#seeTrust();
  }

  resetCounts(): void {
    this.#set({ counts: {} });
    void this.#store?.put("counts", {}).catch(() => undefined);
  }

  /** Erases what is kept, and begins anew. */
  async reset(): Promise<void> {
    localStorageMark(false);
    await this.#store?.reset().catch(() => undefined);
    location.reload();
  }

  // ---- scanning ------------------------------------------------------------------------------

  /** Goes (back) to scanning; what was shown is gone. */
  scan(): void {
    if (!this.state.settings.started) {
      this.#forget({ screen: { name: "start" } });
      return;
    }
    if (this.#trust?.verifier === undefined) {
      this.#forget({});
      void this.#equip();
      return;
    }
    this.#forget({ screen: { name: "scan" } });
    void this.#watch();
  }

  /** The element that shows the camera's picture. */
  attach(video: HTMLVideoElement | null): void {
    this.#video = video ?? undefined;
    if (video === null) this.#frames.stop();
    else this.#show();
  }

  #show(): void {
    const video = this.#video;
    const { stream } = this.#camera;
    if (video === undefined || stream === undefined || this.state.screen.name !== "scan") return;
    if (video.srcObject !== stream) video.srcObject = stream;
    video.play().catch(() => undefined);
    this.#frames.start(video);
  }

  async #watch(): Promise<void> {
    const { settings, screen } = this.state;
    if (screen.name !== "scan" || document.hidden || settings.camera === "none") return;
    if (!this.#inAppSeen && isInApp(navigator.userAgent, isStandalone())) {
      this.#inAppSeen = true;
      return this.#helped("in-app");
    }
    const facing = settings.view === "kiosk" ? "user" : "environment";
    const trouble = await this.#camera.open(settings.camera === "auto" ? undefined : settings.camera, facing);
    if (this.state.screen.name !== "scan") return this.#rest();
    if (trouble !== undefined) return this.#helped(trouble);
    this.#camera.onEnd(() => {
      this.#rest();
      if (this.state.screen.name === "scan") this.#helped("camera-taken");
    });
    await this.#seeCamera();
    this.#show();
  }

  async #seeCamera(): Promise<void> {
    const camera = this.#camera;
    const choices = await camera.list();
    const on = camera.stream !== undefined;
    this.#set({ camera: { on, canLight: camera.canLight, light: camera.torch, choices, current: camera.id } });
  }

  /** Lets the camera go. */
  #rest(): void {
    this.#frames.stop();
    this.#unread.clear();
    this.#camera.close();
    if (this.#video !== undefined) this.#video.srcObject = null;
    if (this.state.camera.on) this.#set({ camera: { ...this.state.camera, on: false } });
  }

  async light(): Promise<void> {
    await this.#camera.light(!this.#camera.torch);
    await this.#seeCamera();
  }

  /** The next camera in turn. */
  nextCamera(): void {
    const { choices, current } = this.state.camera;
    const next = choices[(choices.findIndex(({ id }) => id === current) + 1) % choices.length];
    if (next !== undefined) this.change({ camera: next.id });
  }

  #saw({ texts, seen }: Sight, captured: number): void {
    if (this.state.screen.name !== "scan" || this.#judging) return;
    // A poster's code beside the certificate's must not answer for it.
    const text = texts.find((each) => /^(HC1:|TG1:|shc:|\{)/i.test(each)) ?? texts[0];
    if (text !== undefined) {
      this.#unread.clear();
      if (this.state.tips) this.#set({ tips: false });
      void this.take(text, "camera", captured);
      return;
    }
    const answer = this.#unread.look(seen, captured);
    if (answer === "stop") this.#unreadable();
    else if ((answer === "tips") !== this.state.tips) this.#set({ tips: answer === "tips" });
  }

  #unreadable(): void {
    this.#rest();
    this.#count("unreadable");
    this.#forget({ screen: { name: "unreadable" }, countdown: this.#kioskCountdown(KIOSK_CLEAR.other) });
    this.#signal("unreadable");
  }

  /** Takes pictures of codes; several where a card is split over several. */
  async pictures(files: readonly Blob[]): Promise<void> {
    if (this.state.reading || !this.#takes()) return;
    for (const file of files) {
      await this.#picture(file);
      if (this.state.screen.name !== "scan") return;
    }
    void this.#watch();
  }

  async #picture(file: Blob): Promise<void> {
    this.#rest();
    this.#set({ screen: { name: "scan" }, panel: undefined, reading: true, countdown: undefined });
    const pixels = await pixelsOf(file);
    const sight = typeof pixels === "string" ? pixels : await this.#reader.still(pixels);
    this.#set({ reading: false });
    if (sight === undefined) return this.#helped("failed");
    if (typeof sight === "string") return this.#verdict(notChecked(sight));
    const [text] = sight.texts;
    if (text === undefined) return this.#verdict(notChecked(sight.seen ? "unreadable-code" : "no-code"));
    for (const each of sight.texts) {
      await this.take(each, "picture");
      if (this.state.screen.name !== "scan") return;
    }
  }

  /** Whether a code may come in: not before the start, and not past a help card that blocks. */
  #takes(): boolean {
    const { screen } = this.state;
    if (screen.name === "start" || screen.name === "loading") return false;
    return this.#trust?.verifier !== undefined && !(screen.name === "help" && BLOCKING.has(screen.help));
  }

  /** Takes what was typed by a scanner, or pasted. */
  async typed(typed: Typed, source: "scanner" | "text"): Promise<void> {
    if (!this.#takes()) return;
    if ("trouble" in typed) {
      this.#signal("not-checked");
      return this.#helped(typed.trouble);
    }
    const zone = this.#shown === undefined ? undefined : this.#zone.take(typed.text);
    if (zone !== undefined) return this.compare(zone);
    if (this.#zone.waiting) return;
    await this.take(typed.text, source);
  }

  /** Judges a code. */
  async take(code: string, source: Source, captured = performance.now()): Promise<void> {
    const verifier = this.#trust?.verifier;
    if (this.#judging || verifier === undefined) return;
    this.#judging = true;
    try {
      const text = this.#collected(code);
      if (text === undefined) return;
      const mark = await this.#recent.mark(text);
      const at = now();
      const last = mark === undefined ? undefined : this.#recent.last(mark);
      if (source === "camera") {
        if (this.state.screen.name !== "scan") return;
        const soon = performance.now() - this.#resumed.at < SAME_WITHIN * 1000;
        if (mark !== undefined && mark === this.#resumed.mark && soon) return;
        if (last !== undefined && at - last < SAME_WITHIN) return;
      }
      if (mark !== undefined) {
        this.#recent.note(mark, at);
        this.#resumed.mark = mark;
      }
      performance.clearMarks();
      performance.mark("frame-captured", { startTime: captured });
      const report = verifier.verify(text, at);
      // Only an officer compares with a document: nobody else keeps the code a moment longer.
      const keep = this.state.settings.view === "border" ? text : undefined;
      this.#verdict(verdictOf(report), { keep, again: last === undefined ? undefined : at - last });
    } catch {
      this.#broken();
    } finally {
      this.#judging = false;
    }
  }

  /** After a trap in the verifier its memory cannot be trusted: the page has to be loaded anew. */
  #broken(): void {
    this.#trust = undefined;
    this.#helped("failed");
  }

  /** A code that stands by itself, or the card that it completes. */
  #collected(code: string): string | undefined {
    const text = this.#chunks?.take(code);
    const chunks = this.#chunks?.missing();
    if (text === undefined && chunks?.have !== this.state.chunks?.have) {
      this.#signal("chunk");
      clearTimeout(this.#chunksTimer);
      this.#chunksTimer = window.setTimeout(() => {
        this.#chunks?.clear();
        this.#verdict(notChecked("missing-qr-chunk"));
      }, CHUNKS_WAIT);
    }
    if (text === undefined) this.#set({ chunks });
    return text;
  }

  /** Forgets the codes of a card that is not complete. */
  restartChunks(): void {
    clearTimeout(this.#chunksTimer);
    this.#chunks?.clear();
    if (this.state.chunks !== undefined) this.#set({ chunks: undefined });
  }

  // ---- verdict -------------------------------------------------------------------------------

  #verdict(verdict: Verdict, { keep, again, recount = true }: Shown = {}): void {
    this.#rest();
    if (recount && again === undefined) this.#count(verdict.outcome);
    const { view, clear } = this.state.settings;
    const kiosk = this.#kioskCountdown(KIOSK_CLEAR[verdict.outcome === "valid" ? "good" : "other"]);
    const shown = view === "kiosk" ? withoutPerson(verdict) : verdict;
    const screen: Screen = { name: "verdict", verdict: shown, again, serial: ++this.#serial };
    this.#forget({ panel: undefined, screen, countdown: kiosk ?? new Countdown(clear, performance.now()) }, keep);
    // The back button clears.
    if (history.state !== "shown") history.pushState("shown", "");
    this.#signal(verdict.outcome);
    requestAnimationFrame(() => performance.mark("verdict-shown"));
  }

  #kioskCountdown(seconds: number): Countdown | undefined {
    return this.state.settings.view === "kiosk" ? new Countdown(seconds, performance.now()) : undefined;
  }

  /** Compares with the machine-readable zone of the document shown. */
  compare(zone: string): void {
    const verifier = this.#trust?.verifier;
    const text = this.#shown;
    if (verifier === undefined || text === undefined) return;
    try {
      const read = readDocument(zone);
      if (!read.ok) return this.#set({ zoneUnread: true });
      const document = read.value;
      const report = verifier.verify(text, now(), { document });
      document.free();
      this.#verdict(verdictOf(report), { keep: text, recount: false });
    } catch {
      this.#broken();
    }
  }

  /** The person is, or is not, the one of the certificate. */
  person(same: boolean): void {
    if (same) return this.scan();
    this.#count("mismatch");
    this.#forget({ screen: { name: "mismatch" }, countdown: new Countdown(this.state.settings.clear, performance.now()) });
    this.#signal("not-valid");
  }

  /** Whether the code is still here to be compared with a travel document. */
  get canCompare(): boolean {
    return this.#shown !== undefined;
  }

  hold(): void {
    this.state.countdown?.toggle(performance.now());
    this.#draw();
  }

  /** Clears what is shown, and says so where there was something of a person. */
  clear(): void {
    const { screen } = this.state;
    if (screen.name !== "verdict" && screen.name !== "mismatch" && screen.name !== "unreadable") return;
    const personal = screen.name === "verdict" && mayShowPerson(screen.verdict);
    this.scan();
    this.#set({ cleared: personal });
  }

  /** Lets go of everything that was about somebody, in one step with what comes next on screen. */
  #forget(next: Partial<State>, keep?: string): void {
    this.#shown = keep;
    this.#zone.clear();
    this.restartChunks();
    this.#unread.clear();
    this.#resumed.at = performance.now();
    this.#set({ countdown: undefined, tips: false, cleared: false, zoneUnread: false, ...next });
  }

  #count(kind: Counted): void {
    const counts = counted(this.state.counts, localDay(now()), kind);
    this.#set({ counts });
    void this.#store?.put("counts", counts).catch(() => undefined);
  }

  #signal(kind: Signal): void {
    if (this.state.settings.sound) signal(kind);
  }

  // ---- help ----------------------------------------------------------------------------------

  #helped(help: HelpKind, detail?: string): void {
    this.#rest();
    this.#forget({ screen: detail === undefined ? { name: "help", help } : { name: "help", help, detail } });
  }

  /** The first button of a help card. */
  retry(): void {
    const { screen } = this.state;
    if (screen.name !== "help") return;
    unlockSound();
    if (screen.help === "failed") return location.reload();
    if (screen.help === "setup" || screen.help === "other-root") return void this.#equip();
    if (screen.help === "clock" && this.state.info !== undefined) this.#seeTrust();
    if (BLOCKING.has(screen.help)) return void this.update();
    this.scan();
  }

  withoutCamera(): void {
    this.change({ camera: "none" });
    this.scan();
  }

  // ---- the world outside ---------------------------------------------------------------------

  offerVersion(change: () => void): void {
    this.#set({ newVersion: change });
  }

  offerInstall(install: (() => void) | undefined): void {
    this.#set({ install });
  }

  #listen(): void {
    const leave = () => {
      // A verdict on nobody may stay; whatever is about somebody goes at once.
      const { screen } = this.state;
      this.#shown = undefined;
      if (screen.name === "verdict" && mayShowPerson(screen.verdict)) this.clear();
    };
    addEventListener("blur", leave);
    addEventListener("pagehide", leave);
    addEventListener("pagehide", () => {
      this.restartChunks();
      this.#rest();
    });
    addEventListener("popstate", () => this.clear());
    addEventListener("online", () => void this.update());
    setInterval(() => void this.update(), HOUR);
    setInterval(() => this.#tick(), 250);
    document.addEventListener("visibilitychange", () => {
      if (document.hidden) {
        leave();
        this.restartChunks();
        this.#rest();
      } else {
        this.#seeTrust();
        void this.#watch();
      }
    });
    addEventListener("pageshow", () => void this.#watch());
  }

  #ticks = 0;

  #tick(): void {
    const { countdown } = this.state;
    if (countdown?.over(performance.now())) return this.clear();
    if (countdown !== undefined && !countdown.held && countdown.whole > 0) this.#draw();
    // Ages grow: the chip and the lists' panel say minutes.
    if (++this.#ticks % 120 === 0) {
      this.#seeTrust();
      if (this.state.screen.name === "scan") this.#judgeLists();
    }
  }
}

/** Whether there were lists once; sets or removes the mark if told to. */
function localStorageMark(set?: boolean): boolean {
  try {
    const had = localStorage.getItem(MARK) !== null;
    if (set === true) localStorage.setItem(MARK, "1");
    if (set === false) localStorage.removeItem(MARK);
    return had;
  } catch {
    return false;
  }
}
