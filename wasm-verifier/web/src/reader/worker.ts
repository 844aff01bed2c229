/** The reader's own thread. A trap in it costs this worker, never the page. */

import init, { Reader } from "./wasm/tegata_wasm_reader.js";
import wasm from "./wasm/tegata_wasm_reader_bg.wasm?url";
import { hasLuma, lumaOfPlane, lumaOfRgba } from "./luma.ts";
import type { Answer, Forget, Job } from "./messages.ts";

declare const self: DedicatedWorkerGlobalScope;

const say = (answer: Answer) => self.postMessage(answer);
let reader: Reader | undefined;
/** Kept from frame to frame: a new buffer for each would be garbage at 30 a second. */
let buffer = new Uint8Array(0);

self.onmessage = async ({ data: job }: MessageEvent<Job | Forget>) => {
  if (job.kind === "forget") return forget();
  try {
    say(await look(job));
  } catch {
    // After a trap the module's memory cannot be trusted: the page starts another worker.
    say({ kind: "failed" });
    self.close();
  }
};

function forget(): void {
  buffer = new Uint8Array(0);
  reader?.free();
  reader &&= new Reader();
}

async function look(job: Job): Promise<Answer> {
  if (reader === undefined) throw new Error("not ready");
  if (job.kind === "pixels") {
    const luma = lumaOfRgba(new Uint8Array(job.rgba), job.width, job.height);
    return sight(job.still ? reader.still(luma, job.width, job.height) : reader.live(luma, job.width, job.height));
  }
  const { frame, crop } = job;
  try {
    if (!hasLuma(frame.format)) return { kind: "format" };
    const { format, visibleRect } = frame;
    const rect = { ...crop, x: crop.x + (visibleRect?.x ?? 0), y: crop.y + (visibleRect?.y ?? 0) };
    const size = frame.allocationSize({ rect });
    if (buffer.length < size) buffer = new Uint8Array(size);
    const [plane] = await frame.copyTo(buffer, { rect });
    if (plane === undefined) return { kind: "format" };
    return sight(reader.live(lumaOfPlane(buffer, format, plane, crop.width, crop.height), crop.width, crop.height));
  } finally {
    // A camera has few frames: one that is not closed stops it.
    frame.close();
  }
}

function sight(sighting: { texts: string[]; seen: boolean; free(): void }): Answer {
  const { texts, seen } = sighting;
  sighting.free();
  return { kind: "read", texts, seen };
}

init({ module_or_path: wasm }).then(
  () => {
    reader = new Reader();
    say({ kind: "ready" });
  },
  () => say({ kind: "failed" }),
);
