/** Grey pixels out of what cameras and pictures give. */

/** Formats whose first plane is 8-bit grey. */
const GREY_FIRST = new Set(["I420", "I420A", "I422", "I444", "NV12"]);
const RGB_FIRST = new Map<string, readonly [number, number, number]>([
  ["RGBA", [0, 1, 2]],
  ["RGBX", [0, 1, 2]],
  ["BGRA", [2, 1, 0]],
  ["BGRX", [2, 1, 0]],
]);

/** Whether grey can be had from a frame of this format. */
export function hasLuma(format: string | null): format is string {
  return format !== null && (GREY_FIRST.has(format) || RGB_FIRST.has(format));
}

/**
 * The grey pixels of a frame that was copied out: rows lie `stride` bytes apart from `offset` on.
 * Without padding it is a view, not a copy.
 */
export function lumaOfPlane(
  bytes: Uint8Array,
  format: string,
  plane: { offset: number; stride: number },
  width: number,
  height: number,
): Uint8Array {
  const order = RGB_FIRST.get(format);
  if (order === undefined) {
    if (plane.stride === width) return bytes.subarray(plane.offset, plane.offset + width * height);
    const luma = new Uint8Array(width * height);
    for (let y = 0; y < height; y++) {
      const start = plane.offset + y * plane.stride;
      luma.set(bytes.subarray(start, start + width), y * width);
    }
    return luma;
  }
  const luma = new Uint8Array(width * height);
  for (let y = 0; y < height; y++) {
    weigh(bytes, plane.offset + y * plane.stride, order, luma, y * width, width);
  }
  return luma;
}

/** The grey of RGBA pixels as a canvas gives them. */
export function lumaOfRgba(rgba: Uint8Array, width: number, height: number): Uint8Array {
  const luma = new Uint8Array(width * height);
  weigh(rgba, 0, [0, 1, 2], luma, 0, width * height);
  return luma;
}

/** BT.601 in whole numbers: the weights add up to 256. */
function weigh(
  from: Uint8Array,
  at: number,
  [r, g, b]: readonly [number, number, number],
  to: Uint8Array,
  place: number,
  count: number,
): void {
  for (let i = 0; i < count; i++, at += 4) {
    to[place + i] = (77 * (from[at + r] ?? 0) + 150 * (from[at + g] ?? 0) + 29 * (from[at + b] ?? 0) + 128) >> 8;
  }
}
