/** The eyes: the camera is open while there is something to scan, and what its frames show is passed on. */

import { isInApp, isStandalone } from "./browser.ts";
import { Camera } from "./camera.ts";
import { Frames } from "./frames.ts";
import type { Job } from "./reader/messages.ts";
import { Reader, type Sight } from "./reader/reader.ts";
import type { Stage } from "./state.ts";
import { Unread } from "./unread.ts";

export class Lookout {
  readonly #stage: Stage;
  readonly #took: (text: string, captured: number) => void;
  readonly #unreadable: () => void;
  readonly #camera = new Camera();
  readonly #reader: Reader;
  readonly #frames: Frames;
  readonly #unread = new Unread();
  #video: HTMLVideoElement | undefined;
  #awake: WakeLockSentinel | undefined;
  #inAppTold = false;

  /** `took` hears the texts of codes, `unreadable` that one was held up for long and could not be read. */
  constructor(stage: Stage, took: (text: string, captured: number) => void, unreadable: () => void) {
    this.#stage = stage;
    this.#took = took;
    this.#unreadable = unreadable;
    this.#reader = new Reader(() => stage.help("failed"));
    this.#frames = new Frames(this.#reader, (sight, captured) => this.#saw(sight, captured));
  }

  /** Loads the reader ahead of the first frame. */
  warm(): void {
    void this.#reader.warm();
  }

  /** Opens the camera, if there is something to scan with it. */
  async watch(): Promise<void> {
    const { settings, screen } = this.#stage.state;
    if (screen.name !== "scan" || document.hidden || settings.camera === "none") return;
    if (!this.#inAppTold && isInApp(navigator.userAgent, isStandalone())) {
      this.#inAppTold = true;
      return this.#stage.help("in-app");
    }
    const facing = settings.view === "kiosk" ? "user" : "environment";
    const trouble = await this.#camera.open(settings.camera === "auto" ? undefined : settings.camera, facing);
    if (this.#stage.state.screen.name !== "scan") return this.rest();
    if (trouble !== undefined) return this.#stage.help(trouble);
    this.#camera.onEnd(() => {
      this.rest();
      if (this.#stage.state.screen.name === "scan") this.#stage.help("camera-taken");
    });
    await this.#see();
    this.#show();
    if (settings.view === "kiosk") this.#awake ??= await navigator.wakeLock?.request("screen").catch(() => undefined);
  }

  /** Lets the camera go. */
  rest(): void {
    this.#frames.stop();
    this.#unread.clear();
    this.#camera.close();
    this.#reader.forget();
    if (this.#video !== undefined) this.#video.srcObject = null;
    const { camera, settings } = this.#stage.state;
    if (camera.on) this.#stage.set({ camera: { ...camera, on: false } });
    if (settings.view === "kiosk" && !document.hidden) return;
    void this.#awake?.release().catch(() => undefined);
    this.#awake = undefined;
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
    if (video === undefined || stream === undefined || this.#stage.state.screen.name !== "scan") return;
    if (video.srcObject !== stream) video.srcObject = stream;
    video.play().catch(() => undefined);
    this.#frames.start(video);
  }

  async #see(): Promise<void> {
    const camera = this.#camera;
    const choices = await camera.list();
    const on = camera.stream !== undefined;
    this.#stage.set({ camera: { on, canLight: camera.canLight, light: camera.torch, choices, current: camera.id } });
  }

  /** Turns the light on or off. */
  async light(): Promise<void> {
    await this.#camera.light(!this.#camera.torch);
    await this.#see();
  }

  /** The id of the next camera in turn. */
  get next(): string | undefined {
    const { choices, current } = this.#stage.state.camera;
    return choices[(choices.findIndex(({ id }) => id === current) + 1) % choices.length]?.id;
  }

  /** Reads a picture. */
  still(pixels: Extract<Job, { kind: "pixels" }>): Promise<Sight | undefined> {
    return this.#reader.still(pixels);
  }

  #saw({ texts, seen }: Sight, captured: number): void {
    if (this.#stage.state.screen.name !== "scan") return;
    // A poster's code beside the certificate's must not answer for it.
    const text = texts.find((each) => /^(HC1:|TG1:|shc:|\{)/i.test(each)) ?? texts[0];
    if (text !== undefined) {
      this.#unread.clear();
      if (this.#stage.state.tips) this.#stage.set({ tips: false });
      return this.#took(text, captured);
    }
    const answer = this.#unread.look(seen, captured);
    if (answer === "stop") this.#unreadable();
    else if ((answer === "tips") !== this.#stage.state.tips) this.#stage.set({ tips: answer === "tips" });
  }
}
