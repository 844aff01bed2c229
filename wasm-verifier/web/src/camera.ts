/** The camera: opened when there is something to scan, and let go as soon as there is not. */

export type CameraTrouble = "camera-denied" | "camera-taken" | "no-camera" | "insecure";

export interface CameraChoice {
  id: string;
  label: string;
}

/** Not in the DOM's types yet. */
interface More extends MediaTrackCapabilities {
  torch?: boolean;
  focusMode?: string[];
}

export class Camera {
  stream: MediaStream | undefined;
  torch = false;
  #opening: Promise<CameraTrouble | undefined> | undefined;
  #wanted = false;

  /** Opens it; what keeps it from that, otherwise. `id` is a camera's, or undefined for the one that faces `facing`. */
  async open(id: string | undefined, facing: "environment" | "user"): Promise<CameraTrouble | undefined> {
    this.#wanted = true;
    if (this.stream !== undefined) return undefined;
    this.#opening ??= this.#open(id, facing).finally(() => (this.#opening = undefined));
    return this.#opening;
  }

  async #open(id: string | undefined, facing: string): Promise<CameraTrouble | undefined> {
    if (navigator.mediaDevices === undefined) return window.isSecureContext ? "no-camera" : "insecure";
    const size = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    const ask = (which: MediaTrackConstraints) =>
      navigator.mediaDevices.getUserMedia({ audio: false, video: { ...which, ...size } });
    // Never `exact` for the side: a device without facingMode would give no camera at all.
    const anyone = { facingMode: { ideal: facing } };
    let stream: MediaStream;
    try {
      // A camera that was chosen and has left since gives way to another.
      stream = await (id === undefined
        ? ask(anyone)
        : ask({ deviceId: { exact: id } }).catch((error: unknown) => {
            if (troubleOf(error) === "no-camera") return ask(anyone);
            throw error;
          }));
    } catch (error) {
      return troubleOf(error);
    }
    if (!this.#wanted) {
      for (const track of stream.getTracks()) track.stop();
      return undefined;
    }
    this.stream = stream;
    const focus = (this.#capabilities()?.focusMode ?? []).includes("continuous");
    if (focus) await this.#apply({ focusMode: "continuous" });
    if (this.torch) await this.light(true);
    return undefined;
  }

  get canLight(): boolean {
    return this.#capabilities()?.torch === true;
  }

  /** The light stays chosen from scan to scan. */
  async light(on: boolean): Promise<void> {
    this.torch = on;
    if (this.canLight) await this.#apply({ torch: on });
  }

  close(): void {
    this.#wanted = false;
    for (const track of this.stream?.getTracks() ?? []) track.stop();
    this.stream = undefined;
  }

  /** Hears when the camera is pulled out or taken away. */
  onEnd(heard: () => void): void {
    const stream = this.stream;
    const ended = () => this.stream === stream && heard();
    for (const track of stream?.getVideoTracks() ?? []) track.addEventListener("ended", ended);
  }

  async list(): Promise<CameraChoice[]> {
    const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => []);
    return (devices ?? [])
      .filter(({ kind, deviceId }) => kind === "videoinput" && deviceId !== "")
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  }

  /** The id of the one that is open. */
  get id(): string | undefined {
    return this.stream?.getVideoTracks()[0]?.getSettings().deviceId;
  }

  #capabilities(): More | undefined {
    // Firefox has no getCapabilities for long.
    return this.stream?.getVideoTracks()[0]?.getCapabilities?.();
  }

  async #apply(constraint: object): Promise<void> {
    const track = this.stream?.getVideoTracks()[0];
    await track?.applyConstraints({ advanced: [constraint] }).catch(() => undefined);
  }
}

export function troubleOf(error: unknown): CameraTrouble {
  switch (error instanceof DOMException ? error.name : "") {
    case "NotAllowedError":
    case "SecurityError":
      return "camera-denied";
    case "NotFoundError":
    case "OverconstrainedError":
      return "no-camera";
    default:
      // NotReadableError, AbortError: it is there, and does not answer.
      return "camera-taken";
  }
}
