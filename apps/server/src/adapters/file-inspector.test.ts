import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import sharp from "sharp";
import { expect, it } from "vitest";
import { inspectFile } from "./file-inspector.ts";

const fileOf = (bytes: Uint8Array) => ({
  contentType: "application/octet-stream",
  sizeBytes: bytes.length,
  async *read({ start, end } = { start: 0, end: bytes.length - 1 }) {
    yield bytes.subarray(start, end + 1);
  },
});
const inspect = (content: Uint8Array | string) => inspectFile(fileOf(Buffer.from(content)));

const NO_PICTURE = { isOpus: false, durationSeconds: null, width: null, height: null, thumbnail: null };

/** An Ogg page with this packet; `samples` is where it ends. */
function oggPage(packet: string, samples: number): Buffer {
  const header = Buffer.alloc(28);
  header.write("OggS");
  header.writeBigInt64LE(BigInt(samples), 6);
  header[26] = 1;
  header[27] = packet.length;
  return Buffer.concat([header, Buffer.from(packet)]);
}

it("tells the kind by content, and text of any kind as text", async () => {
  for (const [content, mimeType] of [
    ["<!doctype html><script>alert(1)</script>", "text/plain"],
    ["<svg xmlns='http://www.w3.org/2000/svg'/>", "text/plain"],
    ["Grüße", "text/plain"],
    ["%PDF-1.7\n", "application/pdf"],
    [Buffer.from([0, 1, 2, 255]), "application/octet-stream"],
    ["", "text/plain"],
  ] as const)
    expect(await inspect(content)).toEqual({ ...NO_PICTURE, mimeType });
});

it("measures images upright, and makes a small picture of them", async () => {
  const turned = await sharp(SAMPLE_PHOTOS.jpeg).withMetadata({ orientation: 6 }).jpeg().toBuffer();
  for (const [bytes, mimeType, width, height] of [
    [SAMPLE_PHOTOS.png, "image/png", 8, 6],
    [SAMPLE_PHOTOS.webp, "image/webp", 8, 6],
    [SAMPLE_PHOTOS.gif, "image/gif", 8, 6],
    [turned, "image/jpeg", 6, 8],
  ] as const) {
    const { thumbnail, ...nature } = await inspect(bytes);
    expect(nature).toMatchObject({ mimeType, width, height });
    expect(await sharp(thumbnail ?? undefined).metadata()).toMatchObject({ format: "webp", width, height });
  }
});

it("takes a damaged image for a file without a picture", async () => {
  const cut = SAMPLE_PHOTOS.png.subarray(0, 60);
  expect(await inspect(cut)).toEqual({ ...NO_PICTURE, mimeType: "image/png" });
});

it("recognises a recording of Opus, and how long it is", async () => {
  const voice = Buffer.concat([oggPage("OpusHead", 0), oggPage("sound", 5 * 48_000)]);
  expect(await inspect(voice)).toEqual({ ...NO_PICTURE, mimeType: "audio/ogg", isOpus: true, durationSeconds: 5 });
});
