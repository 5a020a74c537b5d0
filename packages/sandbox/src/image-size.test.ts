import { describe, expect, test } from "vitest";
import { readImageSize } from "./image-size.ts";
import { makePng } from "./testing.ts";

const JPEG = Buffer.from(
  "ffd8ffe000104a46494600010100000100010000" + "fffe000548692e" + "ffc2001108012c0190030122000211010311" + "01",
  "hex",
);

function webp(kind: string, payload: string): Buffer {
  const body = Buffer.from(payload, "hex");
  return Buffer.concat([Buffer.from("RIFF\0\0\0\0WEBP"), Buffer.from(kind), Buffer.alloc(4), body]);
}

describe("readImageSize", () => {
  test("reads the header of a PNG", () => {
    expect(readImageSize(makePng(640, 480))).toEqual({ width: 640, height: 480, mime: "image/png" });
  });

  test("finds the frame of a progressive JPEG behind its other segments", () => {
    expect(readImageSize(JPEG)).toEqual({ width: 400, height: 300, mime: "image/jpeg" });
  });

  test("reads the logical screen of a GIF", () => {
    const gif = Buffer.concat([Buffer.from("GIF89a"), Buffer.from("90012c01", "hex")]);
    expect(readImageSize(gif)).toEqual({ width: 400, height: 300, mime: "image/gif" });
  });

  test.each([
    ["extended", webp("VP8X", "000000008f01002b0100")],
    ["lossless", webp("VP8L", "2f8fc14a00")],
    ["lossy", webp("VP8 ", "0000009d012a90012c01")],
  ])("reads a WebP of kind %s", (_kind, bytes) => {
    expect(readImageSize(bytes)).toEqual({ width: 400, height: 300, mime: "image/webp" });
  });

  test.each([
    ["text", Buffer.from("hello, this is no image at all")],
    ["nothing", Buffer.alloc(0)],
    ["a PNG cut inside its header", makePng(9, 9).subarray(0, 18)],
    ["a JPEG cut before its frame", JPEG.subarray(0, 24)],
  ])("returns null for %s", (_name, bytes) => {
    expect(readImageSize(bytes)).toBeNull();
  });
});
