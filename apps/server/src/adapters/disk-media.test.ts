import { existsSync } from "node:fs";
import * as nodeFiles from "node:fs/promises";
import { mkdtemp, open, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Readable } from "node:stream";
import { crc32 } from "node:zlib";
import { DomainError } from "@pult/api/errors.ts";
import type { MediaStore } from "@pult/api/media/store.ts";
import sharp, { type Sharp } from "sharp";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { openDiskMedia } from "./disk-media.ts";
import { encodeImage } from "./image-codec.ts";

const MB = 1024 * 1024;
const HEIC = new URL("fixtures/two-halves.heic", import.meta.url);
const LIMITS = { maxBytes: 10 * MB };
let directory: string;
let media: MediaStore;

beforeEach(async () => {
  directory = join(await mkdtemp(join(tmpdir(), "pult-media-")), "uploads");
  media = await openDiskMedia({ directory });
});
afterEach(() => rm(join(directory, ".."), { recursive: true }));

const picture = (width = 60, height = 40): Sharp => solid(width, height, "#d03020");
const save = (bytes: Uint8Array) => media.saveImage(Readable.from([bytes]), LIMITS);
const stored = (key: string) => readFile(join(directory, key));
const solid = (width: number, height: number, background: string): Sharp =>
  sharp({ create: { width, height, channels: 3, background } });
/** Of all frames of a stored image. */
const metadataOf = async (key: string) => sharp(await stored(key), { animated: true }).metadata();
const pixelsOf = async (key: string) =>
  sharp(await stored(key))
    .raw()
    .toBuffer();
/** Encodes frames as one moving image. */
const animation = async (format: "gif" | "webp", ...frames: Sharp[]) =>
  sharp(await Promise.all(frames.map((frame) => frame.png().toBuffer())), { join: { animated: true } })
    .toFormat(format, { effort: 1 })
    .toBuffer();

async function refusal(bytes: Uint8Array): Promise<string> {
  const error = await save(bytes).catch((error: unknown) => error);
  expect(error).toBeInstanceOf(DomainError);
  expect(await readdir(directory)).toEqual([]);
  return (error as DomainError).code;
}

describe("openDiskMedia", () => {
  it("makes the directory for its owner only, and its files too", async () => {
    expect((await stat(directory)).mode & 0o777).toBe(0o700);
    const photo = await save(await picture().png().toBuffer());
    expect((await stat(join(directory, photo.key))).mode & 0o777).toBe(0o600);
  });

  it("removes what a killed process left an hour ago, and nothing younger", async () => {
    await writeFile(join(directory, ".incoming-old"), "x");
    await utimes(join(directory, ".incoming-old"), new Date(0), new Date(0));
    await writeFile(join(directory, ".incoming-young"), "x");
    await openDiskMedia({ directory });
    expect(await readdir(directory)).toEqual([".incoming-young"]);
  });
});

describe("saveImage", () => {
  it.each([
    ["jpeg", "jpg"],
    ["png", "png"],
    ["webp", "webp"],
    ["gif", "gif"],
  ] as const)("keeps %s as what it is", async (format, extension) => {
    const photo = await save(await picture().toFormat(format).toBuffer());
    expect(photo).toMatchObject({ contentType: `image/${format}`, width: 60, height: 40 });
    expect(photo.key).toMatch(new RegExp(`^[A-Za-z0-9_-]{22}\\.${extension}$`));
    expect(await metadataOf(photo.key)).toMatchObject({ format, width: 60, height: 40 });
    expect(photo.sizeBytes).toBe((await stored(photo.key)).length);
  });

  it("turns HEIC into JPEG with the picture in it", async () => {
    const photo = await save(await readFile(HEIC));
    expect(photo).toMatchObject({ contentType: "image/jpeg", width: 96, height: 64 });
    const data = await pixelsOf(photo.key);
    const pixel = (x: number) => [...data.subarray((32 * 96 + x) * 3, (32 * 96 + x) * 3 + 3)];
    const [left, right] = [pixel(20), pixel(76)];
    expect(left[0]).toBeGreaterThan(150);
    expect(left[2]).toBeLessThan(100);
    expect(right[2]).toBeGreaterThan(150);
    expect(right[0]).toBeLessThan(100);
  });

  it.each(["gif", "webp"] as const)("keeps an animated %s moving, with a still thumbnail", async (format) => {
    const frames = ["#f00", "#0f0", "#00f"].map((background) => solid(20, 10, background));
    const photo = await save(await animation(format, ...frames));
    expect(photo).toMatchObject({ width: 20, height: 10 });
    expect((await metadataOf(photo.key)).pages).toBe(3);
    expect((await metadataOf(photo.thumbKey)).pages ?? 1).toBe(1);
  });

  it("keeps an animation too large to move as its first frame", async () => {
    const frames = Array.from({ length: 4 }, () => solid(2800, 2800, "#f00"));
    const photo = await save(await animation("gif", ...frames));
    expect(photo).toMatchObject({ width: 2800, height: 2800, contentType: "image/gif" });
    expect((await metadataOf(photo.key)).pages ?? 1).toBe(1);
  });

  it("leaves no position, camera or profile behind, and stands upright", async () => {
    const tagged = await picture()
      .keepIccProfile()
      .withIccProfile("p3")
      .withExif({
        IFD0: { Make: "canary-camera" },
        IFD3: { GPSLatitudeRef: "N", GPSLatitude: "51/1 30/1 0/1" },
      })
      .withMetadata({ orientation: 6 })
      .jpeg()
      .toBuffer();
    const before = await sharp(tagged).metadata();
    expect(before).toMatchObject({ orientation: 6, icc: expect.anything() });
    expect(before.exif?.includes("canary-camera")).toBe(true);
    const photo = await save(tagged);
    for (const key of [photo.key, photo.thumbKey]) {
      const bytes = await stored(key);
      const after = await sharp(bytes).metadata();
      expect([after.exif, after.icc, after.xmp, after.iptc, after.orientation]).toEqual(Array(5).fill(undefined));
      expect(bytes.includes("canary-camera")).toBe(false);
    }
    expect(photo).toMatchObject({ width: 40, height: 60 });
  });

  it("turns the colours of another profile into sRGB", async () => {
    const red = [0xd0, 0x30, 0x20];
    const off = (pixels: Uint8Array) => Math.max(...red.map((value, index) => Math.abs(value - (pixels[index] ?? 0))));
    const tagged = await picture().withIccProfile("p3").png().toBuffer();
    expect(off(await sharp(tagged, { ignoreIcc: true }).raw().toBuffer())).toBeGreaterThan(10);
    const photo = await save(tagged);
    expect(off(await pixelsOf(photo.key))).toBeLessThan(6);
  });

  it("makes a thumbnail of at most 640 px and keeps the photo within 5,000", async () => {
    const photo = await save(await picture(6000, 300).jpeg().toBuffer());
    expect(photo).toMatchObject({ width: 5000, height: 250 });
    expect(await metadataOf(photo.thumbKey)).toMatchObject({ format: "webp", width: 640, height: 32 });
  });

  it("stores what a JPEG shows and drops the page hidden behind it", async () => {
    const hidden = Buffer.from("<script>alert('canary')</script>");
    const photo = await save(Buffer.concat([await picture().jpeg().toBuffer(), hidden]));
    expect((await stored(photo.key)).includes("canary")).toBe(false);
  });

  it("keeps what viewers show of a truncated JPEG", async () => {
    expect(await save(await truncatedJpeg())).toMatchObject({ contentType: "image/jpeg", width: 200, height: 150 });
  });

  it.each([
    ["HTML", "<!doctype html><script>alert(1)</script>"],
    ["SVG", '<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>'],
    ["SVG with a prolog", '<?xml version="1.0"?><svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>'],
    ["PDF", "%PDF-1.7\n%âãÏÓ\n1 0 obj\n<<>>\nendobj"],
    ["nothing", ""],
    ["three magic bytes", "\xff\xd8\xff"],
  ])("refuses %s", async (_, text) => {
    expect(await refusal(Buffer.from(text, "latin1"))).toBe("UNSUPPORTED_MEDIA");
  });

  it.each([
    ["AVIF, which is none of ours", () => picture().avif().toBuffer()],
    ["TIFF, which is none of ours", () => picture().tiff().toBuffer()],
    ["a truncated HEIC", async () => (await readFile(HEIC)).subarray(0, 300)],
  ])("refuses %s", async (_, make) => {
    expect(await refusal(await make())).toBe("UNSUPPORTED_MEDIA");
  });

  it.each([
    ["PNG", bombPng],
    ["HEIC", bombHeic],
  ])("refuses a %s that declares more than 50 megapixels, before decoding it", async (_, make) => {
    expect(await refusal(await make())).toBe("PAYLOAD_TOO_LARGE");
  });

  it("cuts a stream one byte past 10 MB and stops reading it", async () => {
    let read = 0;
    async function* endless() {
      for (;;) {
        read += 1;
        yield Buffer.alloc(MB);
      }
    }
    await expect(media.saveImage(endless(), LIMITS)).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    expect(read).toBe(11);
    expect(await refusal(Buffer.alloc(10 * MB + 1))).toBe("PAYLOAD_TOO_LARGE");
  });

  it("takes a photo of exactly 10 MB", async () => {
    const small = await picture().jpeg().toBuffer();
    expect(await save(Buffer.concat([small, Buffer.alloc(10 * MB - small.length)]))).toMatchObject({ width: 60 });
  });

  it("passes on what the source fails with, and keeps nothing", async () => {
    const cut = new Error("the client went away");
    const source = Readable.from(
      (async function* () {
        yield await picture().png().toBuffer();
        throw cut;
      })(),
    );
    await expect(media.saveImage(source, LIMITS)).rejects.toBe(cut);
    expect(await readdir(directory)).toEqual([]);
  });

  // The upload, the image, the thumbnail and the directory, in the order in which they are opened.
  it.each([
    [1, "writeFile"],
    [2, "sync"],
    [3, "sync"],
    [2, "rename"],
    [3, "rename"],
    [4, "sync"],
  ] as const)("leaves nothing behind when file %i fails to %s", async (nth, step) => {
    media = await openDiskMedia({ directory, files: failingFiles(nth, step) });
    expect(await refusal(await picture().png().toBuffer())).toBe("UNAVAILABLE");
  });

  it.skipIf(!existsSync("/dev/full")).each(["image", "thumb"])(
    "is unavailable when the disk fills up while the %s is written",
    async (which) => {
      const encode: typeof encodeImage = (paths) => encodeImage({ ...paths, [which]: "/dev/full" });
      media = await openDiskMedia({ directory, encode });
      expect(await refusal(await picture().png().toBuffer())).toBe("UNAVAILABLE");
    },
  );

  it("decodes two at most at once, however many have arrived", async () => {
    let [decoding, most] = [0, 0];
    const encode: typeof encodeImage = async (paths) => {
      most = Math.max(most, ++decoding);
      return encodeImage(paths).finally(() => {
        decoding -= 1;
      });
    };
    media = await openDiskMedia({ directory, encode });
    const bytes = await picture().png().toBuffer();
    let arrived = 0;
    const all = Promise.withResolvers<void>();
    const arriving = async function* () {
      yield bytes;
      arrived += 1;
      if (arrived === 12) all.resolve();
      await all.promise;
    };
    const photos = await Promise.all(Array.from({ length: 12 }, () => media.saveImage(arriving(), LIMITS)));
    expect(photos).toHaveLength(12);
    expect(most).toBe(2);
    expect(await readdir(directory)).toHaveLength(24);
  });

  it("never makes two photos share a name", async () => {
    const bytes = await picture().png().toBuffer();
    const keys = await Promise.all(Array.from({ length: 20 }, async () => (await save(bytes)).key));
    expect(new Set(keys).size).toBe(20);
  });
});

function failingFiles(nth: number, step: "writeFile" | "sync" | "rename"): typeof nodeFiles {
  const full = () => Object.assign(new Error("ENOSPC: no space left on device"), { code: "ENOSPC" });
  let opened = 0;
  let failing = "";
  return {
    ...nodeFiles,
    async open(...args: Parameters<typeof open>) {
      const handle = await open(...args);
      opened += 1;
      if (opened !== nth) return handle;
      failing = String(args[0]);
      if (step === "sync") handle.sync = () => Promise.reject(full());
      if (step === "writeFile") {
        handle.writeFile = async () => {
          await handle.write("half");
          throw full();
        };
      }
      return handle;
    },
    rename: (...args: Parameters<typeof nodeFiles.rename>) =>
      step === "rename" && args[0] === failing ? Promise.reject(full()) : nodeFiles.rename(...args),
  };
}

async function truncatedJpeg(): Promise<Uint8Array> {
  const noise = Buffer.from(Array.from({ length: 90_000 }, (_, index) => (index * 7919) % 251));
  const whole = await sharp(noise, { raw: { width: 200, height: 150, channels: 3 } })
    .jpeg()
    .toBuffer();
  return whole.subarray(0, whole.length / 2);
}

async function bombPng(): Promise<Uint8Array> {
  const bytes = await picture().png().toBuffer();
  bytes.writeUInt32BE(60_000, 16);
  bytes.writeUInt32BE(60_000, 20);
  bytes.writeUInt32BE(crc32(bytes.subarray(12, 29)), 29);
  return bytes;
}

async function bombHeic(): Promise<Uint8Array> {
  const bytes = await readFile(HEIC);
  for (let at = bytes.indexOf("ispe"); at >= 0; at = bytes.indexOf("ispe", at + 1)) {
    bytes.writeUInt32BE(10_000, at + 8);
    bytes.writeUInt32BE(10_000, at + 12);
  }
  return bytes;
}
