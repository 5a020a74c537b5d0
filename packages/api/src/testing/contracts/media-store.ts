import { crc32 } from "node:zlib";
import { describe, expect } from "vitest";
import { DomainError } from "../../errors.ts";
import type { MediaStore } from "../../media/store.ts";
import { SAMPLE_PHOTOS, type SampleKind, streamOf } from "../sample-photos.ts";
import { type ContractTest, contractOf } from "./contract.ts";

const MB = 1024 * 1024;
const LIMITS = { maxBytes: 10 * MB };

export interface MediaStorePeer extends Partial<AsyncDisposable> {
  media: MediaStore;
  /** Everything that is kept, temporary files included. */
  countFiles(): Promise<number>;
}

/** What every media store must do. @param start a fresh, empty one for each test */
export function describeMediaStore(name: string, start: () => Promise<MediaStorePeer>): void {
  describe(`media store contract: ${name}`, () => {
    const it = contractOf(start);
    describeSaving(it);
    describeFiles(it);
    describeRefusals(it);
    describeOpening(it);
    describeRestoring(it);
  });
}

function describeSaving(it: ContractTest<MediaStorePeer>): void {
  it.for<[SampleKind, string, string, RegExp]>([
    ["jpeg", "jpg", "image/jpeg", /^ffd8ff/],
    ["png", "png", "image/png", /^89504e47/],
    ["webp", "webp", "image/webp", /^52494646/],
    ["gif", "gif", "image/gif", /^47494638/],
    ["heic", "jpg", "image/jpeg", /^ffd8ff/],
  ])("stores %s as .%s with a thumbnail", async ([kind, extension, contentType, magic], { peer }) => {
    const photo = await peer.media.saveImage(streamOf(SAMPLE_PHOTOS[kind]), LIMITS);
    expect(photo.contentType).toBe(contentType);
    expect(photo.key).toMatch(new RegExp(`^[A-Za-z0-9_-]{20,}\\.${extension}$`));
    expect(photo.thumbKey).toMatch(/^[A-Za-z0-9_-]{20,}\.webp$/);
    expect(photo.width).toBeGreaterThan(0);
    expect(photo.height).toBeGreaterThan(0);
    const [whole, thumb] = [await read(peer.media, photo.key), await read(peer.media, photo.thumbKey)];
    expect(whole).toMatchObject({ contentType, sizeBytes: photo.sizeBytes, hex: expect.stringMatching(magic) });
    expect(thumb).toMatchObject({ contentType: "image/webp", hex: expect.stringMatching(/^52494646/) });
  });

  it("puts chunks of any size together", async ({ peer }) => {
    const bytewise = async function* () {
      for (const byte of SAMPLE_PHOTOS.png) yield Uint8Array.of(byte);
    };
    expect(await peer.media.saveImage(bytewise(), LIMITS)).toMatchObject({
      width: 8,
      height: 6,
      contentType: "image/png",
    });
  });

  it("gives every photo a name of its own, and opens each more than once", async ({ peer }) => {
    const first = await peer.media.saveImage(streamOf(SAMPLE_PHOTOS.gif), LIMITS);
    const second = await peer.media.saveImage(streamOf(SAMPLE_PHOTOS.gif), LIMITS);
    expect(new Set([first.key, first.thumbKey, second.key, second.thumbKey]).size).toBe(4);
    expect(await read(peer.media, first.key)).toEqual(await read(peer.media, first.key));
  });
}

function describeFiles(it: ContractTest<MediaStorePeer>): void {
  it.for([
    ["a page", "<!doctype html><script>alert(1)</script>", "bin", "application/octet-stream"],
    ["SVG", '<svg xmlns="http://www.w3.org/2000/svg"/>', "bin", "application/octet-stream"],
    ["PDF", "%PDF-1.7\n%âãÏÓ\n1 0 obj\n<<>>\nendobj", "pdf", "application/pdf"],
    ["nothing", "", "bin", "application/octet-stream"],
  ] as const)(
    "stores %s as it arrives, as a kind that runs nothing",
    async ([_, text, extension, contentType], { peer }) => {
      const sent = new TextEncoder().encode(text);
      const file = await peer.media.saveFile(streamOf(sent), LIMITS);
      expect(file).toMatchObject({ contentType, sizeBytes: sent.length, thumbKey: null, width: null, height: null });
      expect(file.key).toMatch(new RegExp(`^[A-Za-z0-9_-]{20,}\\.${extension}$`));
      expect(await read(peer.media, file.key)).toMatchObject({ contentType, hex: Buffer.from(sent).toString("hex") });
      expect(await peer.countFiles()).toBe(1);
    },
  );

  it("reads any range of a file", async ({ peer }) => {
    const sent = Uint8Array.from({ length: 200_000 }, (_, at) => at % 251);
    const { key } = await peer.media.saveFile(streamOf(sent), LIMITS);
    const opened = await peer.media.open(key);
    for (const [start, end] of [
      [0, 0],
      [0, 199_999],
      [65_535, 131_072],
      [199_999, 199_999],
    ] as const) {
      const bytes = await bytesOf(opened?.read({ start, end }) ?? streamOf(new Uint8Array()));
      expect(bytes.equals(sent.subarray(start, end + 1)), `${start}-${end}`).toBe(true);
    }
  });

  it("refuses a file past its limit and keeps nothing", async ({ peer }) => {
    const upload = peer.media.saveFile(streamOf(new Uint8Array(11)), { maxBytes: 10 });
    await expect(upload).rejects.toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    expect(await peer.countFiles()).toBe(0);
  });
}

function describeRefusals(it: ContractTest<MediaStorePeer>): void {
  const refusal = async (peer: MediaStorePeer, source: AsyncIterable<Uint8Array>): Promise<unknown> => {
    const error = await peer.media.saveImage(source, LIMITS).catch((error: unknown) => error);
    expect(await peer.countFiles()).toBe(0);
    return error;
  };

  it.for([
    ["a page", "<!doctype html><script>alert(1)</script>"],
    ["SVG", '<svg xmlns="http://www.w3.org/2000/svg"/>'],
    ["PDF", "%PDF-1.7\n"],
    ["text", "hello"],
    ["nothing", ""],
  ] as const)("refuses %s and keeps nothing", async ([_, text], { peer }) => {
    const error = await refusal(peer, streamOf(new TextEncoder().encode(text)));
    expect(error).toBeInstanceOf(DomainError);
    expect(error).toMatchObject({ code: "UNSUPPORTED_MEDIA" });
  });

  it("stops reading past 10 MB and keeps nothing", async ({ peer }) => {
    let chunks = 0;
    const endless = async function* () {
      yield SAMPLE_PHOTOS.jpeg;
      for (;;) {
        chunks += 1;
        yield new Uint8Array(MB);
      }
    };
    expect(await refusal(peer, endless())).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
    expect(chunks).toBe(10);
  });

  it("refuses more than 50 megapixels by the header alone", async ({ peer }) => {
    const bomb = Buffer.from(SAMPLE_PHOTOS.png);
    bomb.writeUInt32BE(50_000, 16);
    bomb.writeUInt32BE(1001, 20);
    bomb.writeUInt32BE(crc32(bomb.subarray(12, 29)), 29);
    expect(await refusal(peer, streamOf(bomb))).toMatchObject({ code: "PAYLOAD_TOO_LARGE" });
  });

  it("passes on what the source fails with, and keeps nothing", async ({ peer }) => {
    const cut = new Error("the client went away");
    const source = async function* () {
      yield SAMPLE_PHOTOS.png.subarray(0, 40);
      throw cut;
    };
    expect(await refusal(peer, source())).toBe(cut);
  });
}

function describeOpening(it: ContractTest<MediaStorePeer>): void {
  it.for([
    "",
    ".",
    "..",
    "../x.jpg",
    "a/b.jpg",
    "AAAAAAAAAAAAAAAAAAAAAA.jpg",
    "AAAAAAAAAAAAAAAAAAAAAA.jpg\0",
    "/etc/passwd",
  ])("knows nothing of %j", async (key, { peer }) => {
    expect(await peer.media.open(key)).toBeNull();
    await peer.media.remove(key);
  });

  it("removes a photo with its thumbnail, only that one, and twice without complaint", async ({ peer }) => {
    const gone = await peer.media.saveImage(streamOf(SAMPLE_PHOTOS.png), LIMITS);
    const kept = await peer.media.saveImage(streamOf(SAMPLE_PHOTOS.png), LIMITS);
    await peer.media.remove(gone.key);
    await peer.media.remove(gone.key);
    expect([await peer.media.open(gone.key), await peer.media.open(gone.thumbKey)]).toEqual([null, null]);
    expect(await read(peer.media, kept.key)).toMatchObject({ contentType: "image/png" });
    expect(await peer.countFiles()).toBe(2);
  });
}

function describeRestoring(it: ContractTest<MediaStorePeer>): void {
  async function keysOf(media: MediaStore): Promise<string[]> {
    const keys: string[] = [];
    for await (const key of media.keys()) keys.push(key);
    return keys.sort();
  }

  it("names all that is kept, and puts it back under the same names", async ({ peer: { media } }) => {
    const { key, thumbKey } = await media.saveImage(streamOf(SAMPLE_PHOTOS.png), LIMITS);
    expect(await keysOf(media)).toEqual([key, thumbKey].sort());
    const before = await read(media, key);
    await media.remove(key);
    expect(await keysOf(media)).toEqual([]);
    await media.restore(key, streamOf(Buffer.from(before?.hex ?? "", "hex")));
    expect(await read(media, key)).toEqual(before);
    expect(await keysOf(media)).toEqual([key]);
  });

  it("puts a file back over one of the same name", async ({ peer }) => {
    const { media } = peer;
    const { key } = await media.saveImage(streamOf(SAMPLE_PHOTOS.png), LIMITS);
    await media.restore(key, streamOf(SAMPLE_PHOTOS.gif));
    expect(await read(media, key)).toMatchObject({ hex: Buffer.from(SAMPLE_PHOTOS.gif).toString("hex") });
    expect(await peer.countFiles()).toBe(2);
  });

  it.for(["", "..", "../x.jpg", "/etc/passwd", "a.svg"])("puts nothing back under %j", async (key, { peer }) => {
    await expect(peer.media.restore(key, streamOf(Uint8Array.of(1)))).rejects.toMatchObject({ code: "VALIDATION" });
    expect(await peer.countFiles()).toBe(0);
  });
}

async function bytesOf(stream: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  for await (const chunk of stream) chunks.push(Uint8Array.from(chunk));
  return Buffer.concat(chunks);
}

async function read(media: MediaStore, key: string) {
  const opened = await media.open(key);
  if (opened === null) return null;
  const bytes = await bytesOf(opened.read());
  expect(bytes.length).toBe(opened.sizeBytes);
  return { contentType: opened.contentType, sizeBytes: opened.sizeBytes, hex: bytes.toString("hex") };
}
