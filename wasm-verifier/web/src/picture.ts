/** Codes in picture files. */

import type { Job } from "./reader/messages.ts";

/** Larger pictures are made smaller first: more pixels a code do not read better, and phones run out of memory. */
const PIXELS_MAX = 12_000_000;
/** In bytes: no camera writes larger ones. */
const FILE_MAX = 60_000_000;

export type PictureTrouble = "not-a-picture" | "picture-too-large" | "damaged-picture";

/** The pixels of a picture. */
export async function pixelsOf(file: Blob): Promise<Extract<Job, { kind: "pixels" }> | PictureTrouble> {
  if (file.size > FILE_MAX) return "picture-too-large";
  let bitmap: ImageBitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return /^image\/(png|jpeg|webp)$/.test(file.type) ? "damaged-picture" : "not-a-picture";
  }
  try {
    const scale = Math.min(1, Math.sqrt(PIXELS_MAX / (bitmap.width * bitmap.height)));
    const canvas = document.createElement("canvas");
    canvas.width = Math.max(1, Math.floor(bitmap.width * scale));
    canvas.height = Math.max(1, Math.floor(bitmap.height * scale));
    const context = canvas.getContext("2d", { willReadFrequently: true });
    if (context === null) return "picture-too-large";
    // What is transparent in a picture of a code was meant to lie on paper.
    context.fillStyle = "#fff";
    context.fillRect(0, 0, canvas.width, canvas.height);
    context.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
    const { data, width, height } = context.getImageData(0, 0, canvas.width, canvas.height);
    return { kind: "pixels", rgba: data.buffer, width, height, still: true };
  } finally {
    bitmap.close();
  }
}
