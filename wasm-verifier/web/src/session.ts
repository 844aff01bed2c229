/**
 * The journey: start, scan, verdict, and back. What is shown is in `state`; personal data is in `state.screen`,
 * `shown`, `zone` and `cards` alone, and `forget` lets go of all of them.
 */

import { readDocument, type Report, type TravelDocument, type Verifier } from "@tegata/verifier";
import { Cards } from "./cards.ts";
import { localDay, now } from "./clock.ts";
import { Countdown } from "./countdown.ts";
import { type Counted, counted, readCounts } from "./counts.ts";
import { language, type Language, preferred, speak } from "./language.ts";
import { Lookout } from "./lookout.ts";
import { pixelsOf } from "./picture.ts";
import { Recent } from "./recent.ts";
import { BLOCKING, type HelpKind, type Screen } from "./screen.ts";
import { readSettings, type Settings } from "./settings.ts";
import { signal, type Signal, unlockSound } from "./signal.ts";
import { firstState, type Panel, type Stage, type State } from "./state.ts";
import { Store } from "./store.ts";
import { Supply } from "./supply.ts";
import { mayShowPerson, notChecked, step, type Verdict, verdictOf, withoutPerson } from "./verdict.ts";
import type { Typed } from "./wedge.ts";
import { ZoneCollector } from "./zone.ts";

/** The same code in view is not reported twice within this, in seconds. */
const SAME_WITHIN = 3;
/** At an unattended desk the next guest waits: seconds of a good and of any other answer. */
const KIOSK_CLEAR = { good: 4, other: 7 };
/** A new version that waits when the page opens is changed to before anything is scanned; in milliseconds. */
const OPENING = 3000;

/** So many codes of one person are judged together. */
const TOGETHER = 8;

/** What goes with a verdict. */
interface Beside {
  /** The codes that were judged together, where another one may be added. */
  together?: readonly string[];
  /** The code, where a travel document may follow. */
  keep?: string | undefined;
  /** Seconds since it was scanned before. */
  again?: number | undefined;
  /** It was counted already. */
  recount?: false;
}

export class Session implements Stage {
  readonly state: State = firstState();
  readonly #draw: () => void;
  readonly #recent = new Recent();
  readonly #zone = new ZoneCollector();
  readonly #cards = new Cards(
    this,
    () => this.#signal("chunk"),
    () => this.#verdict(notChecked("missing-qr-chunk")),
  );
  readonly #lookout = new Lookout(
    this,
    (text, captured) => void this.#seen(text, captured),
    () => this.#unreadable(),
  );
  #store: Store | undefined;
  #supply: Supply | undefined;
  /** The code of the verdict on screen, where a travel document may follow. */
  #shown: string | undefined;
  /** The codes of the verdict on screen, where another one of the same person may make them enough. */
  #together: readonly string[] = [];
  /** Those that the next code is judged together with. */
  #before: readonly string[] = [];
  #judging = false;
  /** The mark of the last code, and when scanning began again after it, in milliseconds. */
  #last = { mark: undefined as string | undefined, left: -Infinity };
  #serial = 0;

  constructor(draw: () => void) {
    this.#draw = draw;
  }

  set(patch: Partial<State>): void {
    Object.assign(this.state, patch);
    this.#draw();
  }

  // ---- start and settings --------------------------------------------------------------------

  async start(): Promise<void> {
    const store = await Store.open();
    this.#store = store;
    this.#supply = new Supply(this, store);
    const settings = readSettings(await store.get("settings"));
    const counts = readCounts(await store.get("counts"));
    await speak(settings.language ?? preferred(navigator.languages));
    this.set({ settings, counts, screen: { name: settings.started ? "scan" : "start" } });
    this.#lookout.warm();
    if (settings.started) void this.#lookout.watch();
    await this.#supply.equip();
  }

  /** The tap on the start screen: only a tap may unlock sound. */
  begin(): void {
    unlockSound();
    void navigator.storage?.persist?.().then(() => this.#supply?.see(), () => undefined);
    this.change({ started: true });
    if (this.state.screen.name === "start") this.scan();
  }

  change(patch: Partial<Settings>): void {
    const settings = { ...this.state.settings, ...patch };
    this.set({ settings });
    void this.#store?.put("settings", settings).catch(() => undefined);
    if (patch.camera === undefined && patch.view === undefined) return;
    this.#lookout.rest();
    void this.#lookout.watch();
  }

  async speak(chosen: Language): Promise<void> {
    if (await speak(chosen)) this.change({ language: language() });
  }

  open(panel: Panel | undefined): void {
    this.set({ panel, updated: undefined });
    this.#supply?.see();
  }

  resetCounts(): void {
    this.set({ counts: {} });
    void this.#store?.put("counts", {}).catch(() => undefined);
  }

  /** Erases what is kept, and begins anew. */
  async reset(): Promise<void> {
    await this.#supply?.reset();
    location.reload();
  }

  async update(): Promise<void> {
    await this.#supply?.update();
  }

  async loadLists(file: Blob): Promise<void> {
    await this.#supply?.load(file);
  }

  offerVersion(change: () => void): void {
    if (performance.now() < OPENING && this.state.screen.name !== "verdict") change();
    else this.set({ newVersion: change });
  }

  offerInstall(install: (() => void) | undefined): void {
    this.set({ install });
  }

  // ---- scanning ------------------------------------------------------------------------------

  /** Goes (back) to scanning; what was shown is gone. */
  scan(): void {
    const { started } = this.state.settings;
    this.#forget({ screen: { name: started ? "scan" : "start" } });
    void this.#lookout.watch();
    // Without lists nothing is judged: it says why, or gets them.
    if (this.#supply?.verifier === undefined) void this.#supply?.equip();
    else this.#supply.judge();
  }

  attach(video: HTMLVideoElement | null): void {
    this.#lookout.attach(video);
  }

  async light(): Promise<void> {
    await this.#lookout.light();
  }

  nextCamera(): void {
    const camera = this.#lookout.next;
    if (camera !== undefined) this.change({ camera });
  }

  restartCards(): void {
    this.#cards.clear();
  }

  #unreadable(): void {
    this.#lookout.rest();
    this.#cards.clear();
    this.#count("unreadable");
    this.#forget({ screen: { name: "unreadable" }, panel: undefined, countdown: this.#kioskCountdown(KIOSK_CLEAR.other) });
    this.#signal("unreadable");
  }

  /** Takes pictures of codes; several where a card is split over several. */
  async pictures(files: readonly Blob[]): Promise<void> {
    if (this.state.reading || !(await this.#takes())) return;
    this.#lookout.rest();
    for (const file of files) {
      this.#forget({ screen: { name: "scan" }, panel: undefined, reading: true });
      await this.#picture(file).finally(() => this.set({ reading: false }));
      if (this.state.screen.name !== "scan") return;
    }
    void this.#lookout.watch();
  }

  async #picture(file: Blob): Promise<void> {
    const pixels = await pixelsOf(file);
    if (typeof pixels === "string") return this.#verdict(notChecked(pixels));
    const sight = await this.#lookout.still(pixels);
    if (sight === undefined) return this.help("failed");
    if (sight.texts.length === 0) return this.#verdict(notChecked(sight.seen ? "unreadable-code" : "no-code"));
    for (const text of sight.texts) {
      await this.#take(text);
      if (this.state.screen.name !== "scan") return;
    }
  }

  /** Takes what was typed by a scanner, or pasted. */
  async typed(typed: Typed): Promise<void> {
    if (!(await this.#takes())) return;
    if ("trouble" in typed) {
      this.#signal("not-checked");
      return this.help(typed.trouble);
    }
    if (this.#shown !== undefined) {
      const zone = this.#zone.take(typed.text);
      if (zone !== undefined) return this.compare(zone);
      if (this.#zone.waiting) return;
    }
    await this.#take(typed.text);
  }

  /**
   * Whether a code may come in: not before the start, and not past a help card that blocks. One that comes before
   * the lists are there waits for them: a scan is never lost without a word.
   */
  async #takes(): Promise<boolean> {
    const { name } = this.state.screen;
    if (name === "start" || name === "loading") return false;
    if (this.#supply?.verifier === undefined) await this.#supply?.equip();
    const { screen } = this.state;
    return this.#supply?.verifier !== undefined && !(screen.name === "help" && BLOCKING.has(screen.help));
  }

  /** Takes a code from the camera, which shows the same one many times a second. */
  async #seen(code: string, captured: number): Promise<void> {
    if (this.#judging || this.#supply?.verifier === undefined) return;
    const mark = await this.#recent.mark(code);
    if (this.#judging || this.state.screen.name !== "scan") return;
    const soon = performance.now() - this.#last.left < SAME_WITHIN * 1000;
    if (mark === undefined || mark !== this.#last.mark || !soon) await this.#take(code, captured);
  }

  /** Judges a code. */
  async #take(code: string, captured = performance.now()): Promise<void> {
    while (this.#judging) await new Promise((resolve) => setTimeout(resolve, 10));
    this.#judging = true;
    try {
      const text = this.#cards.take(code);
      if (text === undefined) return;
      const [mark, whole] = await Promise.all([this.#recent.mark(code), this.#recent.mark(text)]);
      const verifier = this.#supply?.verifier;
      if (verifier === undefined) return;
      const at = now();
      const last = whole === undefined ? undefined : this.#recent.last(whole);
      if (whole !== undefined) this.#recent.note(whole, at);
      this.#last.mark = mark;
      performance.clearMarks();
      performance.mark("frame-captured", { startTime: captured });
      const texts = [...this.#before, text];
      const report = this.#judge(verifier, texts, at);
      const ruling = step(report, "rules")?.rules?.ruling;
      const wanting = (ruling === "refused" || ruling === "open") && texts.length < TOGETHER;
      // Only an officer compares with a document: nobody else keeps the code a moment longer.
      const keep = this.state.settings.view === "border" ? text : undefined;
      this.#verdict(verdictOf(report), { keep, together: wanting ? texts : [], again: last === undefined ? undefined : at - last });
    } catch {
      this.#supply?.broken();
    } finally {
      this.#judging = false;
    }
  }

  /** The report of the last of these codes, by the rules of the purpose if one is chosen. */
  #judge(verifier: Verifier, texts: readonly string[], at: number, document?: TravelDocument): Report {
    const { purpose } = this.state.settings;
    const text = texts.at(-1) ?? "";
    if (purpose === undefined) return verifier.verify(text, at, document === undefined ? {} : { document });
    return verifier.decide(texts, purpose, at, document).at(-1) ?? verifier.verify(text, at);
  }

  /** Whether another code of the same person may be added to what was judged. */
  get canAdd(): boolean {
    return this.#together.length > 0;
  }

  /** Scans another code, to be judged together with those before. */
  another(): void {
    const before = this.#together;
    this.scan();
    this.#before = before;
  }

  // ---- verdict -------------------------------------------------------------------------------

  #verdict(verdict: Verdict, { keep, together = [], again, recount }: Beside = {}): void {
    this.#lookout.rest();
    this.#cards.clear();
    if (recount !== false && again === undefined) this.#count(verdict.outcome);
    const { view, clear } = this.state.settings;
    const kiosk = this.#kioskCountdown(KIOSK_CLEAR[verdict.outcome === "valid" ? "good" : "other"]);
    const shown = view === "kiosk" ? withoutPerson(verdict) : verdict;
    const screen: Screen = { name: "verdict", verdict: shown, again, serial: ++this.#serial };
    const countdown = kiosk ?? new Countdown(clear, performance.now());
    this.#forget({ panel: undefined, screen, countdown }, keep, together);
    // The back button clears.
    if (history.state !== "shown") history.pushState("shown", "");
    this.#signal(verdict.outcome);
    requestAnimationFrame(() => performance.mark("verdict-shown"));
  }

  #kioskCountdown(seconds: number): Countdown | undefined {
    return this.state.settings.view === "kiosk" ? new Countdown(seconds, performance.now()) : undefined;
  }

  /** Whether the code is still here to be compared with a travel document. */
  get canCompare(): boolean {
    return this.#shown !== undefined;
  }

  /** What the code was judged together with. */
  #beside(text: string): readonly string[] {
    return this.#together.at(-1) === text ? this.#together.slice(0, -1) : [];
  }

  /** Compares with the machine-readable zone of the document shown. */
  compare(zone: string): void {
    const verifier = this.#supply?.verifier;
    const text = this.#shown;
    if (verifier === undefined || text === undefined) return;
    try {
      const read = readDocument(zone);
      if (!read.ok) return this.set({ zoneUnread: true });
      const report = this.#judge(verifier, [...this.#beside(text), text], now(), read.value);
      read.value.free();
      this.#verdict(verdictOf(report), { keep: text, recount: false });
    } catch {
      this.#supply?.broken();
    }
  }

  /** The person is, or is not, the one of the certificate. */
  person(same: boolean): void {
    if (same) return this.scan();
    this.#count("mismatch");
    this.#forget({ screen: { name: "mismatch" }, countdown: new Countdown(this.state.settings.clear, performance.now()) });
    this.#signal("not-valid");
  }

  hold(): void {
    this.state.countdown?.toggle(performance.now());
    this.#draw();
  }

  /** Clears what is shown, and says so where there was something of a person. */
  clear(): void {
    const { screen } = this.state;
    if (screen.name !== "verdict" && screen.name !== "mismatch" && screen.name !== "unreadable") return;
    const cleared = screen.name === "verdict" && mayShowPerson(screen.verdict);
    this.scan();
    this.set({ cleared });
  }

  /** Lets go of everything that was about somebody, in one step with what comes next on screen. */
  #forget(next: Partial<State>, keep?: string, together: readonly string[] = []): void {
    this.#shown = keep;
    this.#together = together;
    this.#before = [];
    this.#zone.clear();
    this.#last.left = performance.now();
    this.set({ countdown: undefined, tips: false, cleared: false, zoneUnread: false, ...next });
  }

  #count(kind: Counted): void {
    const counts = counted(this.state.counts, localDay(now()), kind);
    this.set({ counts });
    void this.#store?.put("counts", counts).catch(() => undefined);
  }

  #signal(kind: Signal): void {
    if (this.state.settings.sound) signal(kind);
  }

  // ---- help ----------------------------------------------------------------------------------

  help(help: HelpKind, detail?: string): void {
    this.#lookout.rest();
    this.#cards.clear();
    this.#forget({ screen: detail === undefined ? { name: "help", help } : { name: "help", help, detail } });
  }

  /** The first button of a help card. */
  retry(): void {
    const { screen } = this.state;
    if (screen.name !== "help") return;
    unlockSound();
    if (screen.help === "failed") location.reload();
    else if (BLOCKING.has(screen.help)) void this.update();
    else this.scan();
  }

  withoutCamera(): void {
    this.change({ camera: "none" });
    this.scan();
  }

  // ---- the world outside ---------------------------------------------------------------------

  /** The page loses the focus: whatever is about somebody goes at once. A verdict on nobody may stay. */
  blur(): void {
    const { screen } = this.state;
    this.#shown = undefined;
    this.#together = [];
    this.#before = [];
    if (screen.name === "verdict" && mayShowPerson(screen.verdict)) this.clear();
  }

  /** The page goes out of sight, or is locked. */
  hide(): void {
    this.blur();
    this.#cards.clear();
    this.#lookout.rest();
  }

  /** It is back. */
  show(): void {
    this.#supply?.see();
    void this.#lookout.watch();
  }

  /** Time goes on: to be called some times a second. */
  tick(): void {
    const { countdown } = this.state;
    if (countdown === undefined || countdown.whole === 0 || countdown.held) return;
    if (countdown.over(performance.now())) this.clear();
    else this.#draw();
  }

  /** Ages grow, and lists expire: to be called some times a minute. */
  age(): void {
    this.#supply?.see();
    this.#supply?.judge();
  }
}
