/** Frames from the camera to the reader: one in flight, and the newest next. */

import type { Crop } from "./reader/messages.ts";
import type { Reader, Sight } from "./reader/reader.ts";

/** Up to this size the whole frame is read; above, the middle square, which holds the frame that is drawn. */
const WHOLE_MAX = 1280 * 720;

/** The part of a frame that is read. Even numbers: colour planes are half as large. */
export function cropOf(width: number, height: number): Crop {
  const even = (number: number) => number - (number % 2);
  if (width * height <= WHOLE_MAX) return { x: 0, y: 0, width: even(width), height: even(height) };
  const side = even(Math.min(width, height));
  return { x: even((width - side) / 2), y: even((height - side) / 2), width: side, height: side };
}

export class Frames {
  readonly #reader: Reader;
  readonly #saw: (sight: Sight, captured: number) => void;
  #video: HTMLVideoElement | undefined;
  #cancel: () => void = () => undefined;
  #canvas: HTMLCanvasElement | undefined;

  constructor(reader: Reader, saw: (sight: Sight, captured: number) => void) {
    this.#reader = reader;
    this.#saw = saw;
  }

  start(video: HTMLVideoElement): void {
    this.stop();
    this.#video = video;
    this.#next();
  }

  stop(): void {
    this.#cancel();
    this.#cancel = () => undefined;
    this.#video = undefined;
    // The last picture of a certificate does not stay in memory.
    this.#canvas = undefined;
  }

  #next(): void {
    const video = this.#video;
    if (video === undefined) return;
    const frame = () => {
      if (this.#video !== video) return;
      this.#next();
      void this.#look(video);
    };
    if ("requestVideoFrameCallback" in video) {
      const handle = video.requestVideoFrameCallback(frame);
      this.#cancel = () => video.cancelVideoFrameCallback(handle);
    } else {
      // Before Firefox 132: about as often as the camera gives frames.
      const handle = setTimeout(frame, 33);
      this.#cancel = () => clearTimeout(handle);
    }
  }

  async #look(video: HTMLVideoElement): Promise<void> {
    if (this.#reader.busy || video.readyState < HTMLMediaElement.HAVE_CURRENT_DATA) return;
    const captured = performance.now();
    const sight = await (this.#capture(video) ?? this.#pixels(video));
    if (sight !== undefined && this.#video === video) this.#saw(sight, captured);
  }

  /** The camera's own frame: its grey plane is a quarter of the bytes, and needs no conversion. */
  #capture(video: HTMLVideoElement): Promise<Sight | undefined> | undefined {
    if (this.#reader.needsPixels || !("VideoFrame" in globalThis)) return undefined;
    let frame: VideoFrame;
    try {
      frame = new VideoFrame(video);
    } catch {
      return undefined;
    }
    const { width, height } = frame.visibleRect ?? { width: frame.codedWidth, height: frame.codedHeight };
    return this.#reader.look({ kind: "frame", frame, crop: cropOf(width, height) }, [frame]);
  }

  #pixels(video: HTMLVideoElement): Promise<Sight | undefined> | undefined {
    const { x, y, width, height } = cropOf(video.videoWidth, video.videoHeight);
    if (width === 0 || height === 0) return undefined;
    this.#canvas ??= document.createElement("canvas");
    const canvas = this.#canvas;
    if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) return undefined;
    context.drawImage(video, x, y, width, height, 0, 0, width, height);
    const rgba = context.getImageData(0, 0, width, height).data.buffer;
    return this.#reader.look({ kind: "pixels", rgba, width, height, still: false }, [rgba]);
  }
}
