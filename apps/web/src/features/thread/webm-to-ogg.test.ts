import { expect, it } from "vitest";
import { webmToOgg } from "./webm-to-ogg.ts";

const bytesOf = (text: string) => [...text].map((letter) => letter.charCodeAt(0));
const HEAD = [...bytesOf("OpusHead"), 1, 1, 0x38, 0x01, 0x80, 0xbb, 0, 0, 0, 0, 0];
const UNKNOWN = [0x01, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff];
const sized = (id: number[], content: number[]) => [
  ...id,
  0x40 | (content.length >> 8),
  content.length & 0xff,
  ...content,
];
/** 20 ms each, mono. */
const packet = (length: number) => [0xf8, ...Array<number>(length - 1).fill(7)];
const block = (frame: number[], flags = 0x80) => sized([0xa3], [0x81, 0, 0, flags, ...frame]);

/** As Chromium records: segment and clusters without a size. */
function webm(blocks: number[][], head = HEAD): Uint8Array {
  const track = sized([0xae], [...sized([0x86], bytesOf("A_OPUS")), ...sized([0x63, 0xa2], head)]);
  return Uint8Array.from([
    ...sized([0x1a, 0x45, 0xdf, 0xa3], [0x42, 0x86, 0x81, 1]),
    ...[0x18, 0x53, 0x80, 0x67, ...UNKNOWN, ...sized([0x16, 0x54, 0xae, 0x6b], track)],
    ...blocks.flatMap((one) => [0x1f, 0x43, 0xb6, 0x75, ...UNKNOWN, ...sized([0xe7], [0]), ...one]),
  ]);
}

/** Pages of an Ogg file. */
function pagesOf(ogg: Uint8Array) {
  const pages: { flags: number; granule: number; index: number; lacing: number[]; body: Uint8Array; sum: number }[] =
    [];
  const view = new DataView(ogg.buffer);
  for (let at = 0; at < ogg.length; ) {
    const lacing = [...ogg.subarray(at + 27, at + 27 + (ogg[at + 26] ?? 0))];
    const from = at + 27 + lacing.length;
    const end = from + lacing.reduce((sum, one) => sum + one, 0);
    pages.push({
      ...{
        flags: ogg[at + 5] ?? 0,
        granule: Number(view.getBigUint64(at + 6, true)),
        index: view.getUint32(at + 18, true),
      },
      ...{ lacing, body: ogg.subarray(from, end), sum: view.getUint32(at + 22, true) },
    });
    at = end;
  }
  return pages;
}

it("puts each packet of a recording into Ogg, with how long it sounds", () => {
  const packets = Array.from({ length: 60 }, (_, at) => packet(at === 3 ? 600 : at === 4 ? 255 : 80));
  const [head, tags, ...sound] = pagesOf(webmToOgg(webm(packets.map((one) => block(one)))));
  expect([head?.flags, [...(head?.body ?? [])]]).toEqual([2, HEAD]);
  expect(String.fromCharCode(...(tags?.body.subarray(0, 8) ?? []))).toBe("OpusTags");
  expect(sound.map(({ granule, flags }) => [granule, flags])).toEqual([
    [48_000, 0],
    [57_600, 4],
  ]);
  expect([head, tags, ...sound].map((page) => page?.index)).toEqual([0, 1, 2, 3]);
  expect(sound[0]?.lacing.slice(0, 8)).toEqual([80, 80, 80, 255, 255, 90, 255, 0]);
  expect(Buffer.concat(sound.map(({ body }) => body))).toEqual(Buffer.concat(packets.map((one) => Buffer.from(one))));
});

it("gives pages the checksum that players compare", () => {
  const [head] = pagesOf(webmToOgg(webm([block(packet(80))])));
  // Bit by bit, as the specification defines it.
  const header = [
    ...bytesOf("OggS"),
    0,
    2,
    ...Array<number>(8).fill(0),
    1,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    0,
    1,
    HEAD.length,
  ];
  let sum = 0;
  for (const byte of [...header, ...HEAD])
    for (let bit = 7; bit >= 0; bit--) {
      const isOver = ((sum >>> 31) ^ (byte >> bit)) & 1;
      sum = ((sum << 1) ^ (isOver ? 0x04c11db7 : 0)) >>> 0;
    }
  expect(head?.sum).toBe(sum);
});

it.each([
  ["another codec", webm([block(packet(80))], bytesOf("vorbis..."))],
  ["no sound", webm([])],
  ["blocks of several frames", webm([block(packet(80), 0x86)])],
  ["no WebM", Uint8Array.from([0, 1, 2])],
])("refuses %s", (_, bytes) => {
  expect(() => webmToOgg(bytes)).toThrow();
});
