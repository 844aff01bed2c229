import { expect, test } from "vitest";
import { cropOf } from "../src/frames.ts";
import { hasLuma, lumaOfPlane, lumaOfRgba } from "../src/reader/luma.ts";

test("a plane with padding is cut to its rows", () => {
  const bytes = Uint8Array.from([9, 9, 1, 2, 0, 3, 4, 0]);
  expect([...lumaOfPlane(bytes, "NV12", { offset: 2, stride: 3 }, 2, 2)]).toEqual([1, 2, 3, 4]);
});

test("a plane without is a view of the buffer, that may be longer", () => {
  const bytes = Uint8Array.from([1, 2, 3, 4, 128, 128, 7]);
  const luma = lumaOfPlane(bytes, "I420", { offset: 0, stride: 2 }, 2, 2);
  expect([luma.buffer === bytes.buffer, ...luma]).toEqual([true, 1, 2, 3, 4]);
});

test("coloured pixels are weighed, in the order of their format", () => {
  expect([...lumaOfRgba(Uint8Array.from([255, 255, 255, 255, 255, 0, 0, 255, 0, 0, 0, 0]), 3, 1)]).toEqual([255, 77, 0]);
  expect([...lumaOfPlane(Uint8Array.from([0, 0, 255, 255]), "BGRA", { offset: 0, stride: 4 }, 1, 1)]).toEqual([77]);
  expect([hasLuma("NV12"), hasLuma("I420P10"), hasLuma(null)]).toEqual([true, false, false]);
});

test("large frames are read in the middle, at even places", () => {
  expect(cropOf(1280, 720)).toEqual({ x: 0, y: 0, width: 1280, height: 720 });
  expect(cropOf(1920, 1080)).toEqual({ x: 420, y: 0, width: 1080, height: 1080 });
});
