/**
 * Puts the Opus packets of a WebM recording into an Ogg file, which Telegram plays as a voice message; the sound itself is not touched.
 * @see https://www.rfc-editor.org/rfc/rfc7845 and https://www.matroska.org/technical/elements.html
 */
export function webmToOgg(webm: Uint8Array): Uint8Array<ArrayBuffer> {
  const { head, packets } = readWebm(webm);
  return writeOgg(head, packets);
}

/** Elements that hold others. Recorders write them without a size, so they are entered and never left. */
const MASTERS = new Set([
  0x18538067 /* Segment */, 0x1654ae6b /* Tracks */, 0xae /* TrackEntry */, 0x1f43b675 /* Cluster */, 0xa0,
]);
const CODEC_PRIVATE = 0x63a2;
const SIMPLE_BLOCK = 0xa3;
const BLOCK = 0xa1;
const LACING = 0x06;

interface Sound {
  /** As Ogg begins with it. */
  head: Uint8Array;
  packets: Uint8Array[];
}

/** @throws Error for what is no WebM with Opus as recorders write it */
function readWebm(bytes: Uint8Array): Sound {
  const packets: Uint8Array[] = [];
  let head: Uint8Array | null = null;
  for (let at = 0; at < bytes.length; ) {
    const id = readVint(bytes, at, { keepsMarker: true });
    const size = readVint(bytes, at + id.length, { keepsMarker: false });
    const from = at + id.length + size.length;
    if (MASTERS.has(id.value)) {
      at = from;
      continue;
    }
    const content = bytes.subarray(from, from + size.value);
    if (id.value === CODEC_PRIVATE) head ??= content;
    if (id.value === SIMPLE_BLOCK || id.value === BLOCK) packets.push(frameOf(content));
    at = from + size.value;
  }
  if (!head || String.fromCharCode(...head.subarray(0, 8)) !== "OpusHead" || packets.length === 0)
    throw new Error("Not a recording in Opus");
  return { head, packets };
}

/** A number of EBML: its first byte says how long it is. */
function readVint(bytes: Uint8Array, at: number, { keepsMarker }: { keepsMarker: boolean }) {
  const first = bytes[at] ?? 0;
  const length = Math.clz32(first) - 23;
  if (first === 0 || at + length > bytes.length) throw new Error("Not WebM, or cut off");
  let value = keepsMarker ? first : first & (0xff >> length);
  for (let offset = 1; offset < length; offset++) value = value * 256 + (bytes[at + offset] ?? 0);
  return { value, length };
}

function frameOf(block: Uint8Array): Uint8Array {
  const from = readVint(block, 0, { keepsMarker: true }).length + 3;
  if (((block[from - 1] ?? 0) & LACING) !== 0) throw new Error("Blocks of several frames");
  return block.subarray(from);
}

/** Samples a second, whatever was recorded. */
const RATE = 48_000;
const BOS = 2;
const EOS = 4;
/** Of a page, for players that seek. */
const MAX_SAMPLES = RATE;
const MAX_SEGMENTS = 255;
const SERIAL = 1;

function writeOgg(head: Uint8Array, packets: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const pages = [
    page([head], { flags: BOS, granule: 0, index: 0 }),
    page([tags()], { flags: 0, granule: 0, index: 1 }),
  ];
  let granule = 0;
  let [waiting, samples, segments]: [Uint8Array[], number, number] = [[], 0, 0];
  const flush = (flags: number) => {
    pages.push(page(waiting, { flags, granule, index: pages.length }));
    [waiting, samples, segments] = [[], 0, 0];
  };
  for (const packet of packets) {
    const needed = segmentsOf(packet);
    if (waiting.length > 0 && (segments + needed > MAX_SEGMENTS || samples >= MAX_SAMPLES)) flush(0);
    const length = samplesOf(packet);
    waiting.push(packet);
    granule += length;
    samples += length;
    segments += needed;
  }
  flush(EOS);
  return new Uint8Array(concat(pages));
}

const segmentsOf = ({ length }: Uint8Array): number => Math.floor(length / 255) + 1;

/** How long a packet sounds. @see https://www.rfc-editor.org/rfc/rfc6716#section-3.1 */
function samplesOf(packet: Uint8Array): number {
  const toc = packet[0] ?? 0;
  const config = toc >> 3;
  const ms =
    config < 12 ? [10, 20, 40, 60][config & 3] : config < 16 ? [10, 20][config & 1] : [2.5, 5, 10, 20][config & 3];
  const code = toc & 3;
  const count = code === 0 ? 1 : code === 3 ? (packet[1] ?? 0) & 0x3f : 2;
  return ((ms ?? 20) * RATE * count) / 1_000;
}

function tags(): Uint8Array {
  const vendor = "Pult";
  const bytes = new Uint8Array(8 + 4 + vendor.length + 4);
  bytes.set([..."OpusTags"].map((letter) => letter.charCodeAt(0)));
  bytes[8] = vendor.length;
  bytes.set(
    [...vendor].map((letter) => letter.charCodeAt(0)),
    12,
  );
  return bytes;
}

function page(packets: readonly Uint8Array[], place: { flags: number; granule: number; index: number }): Uint8Array {
  const lacing = packets.flatMap((packet) => [...Array<number>(segmentsOf(packet) - 1).fill(255), packet.length % 255]);
  const header = new Uint8Array(27 + lacing.length);
  const view = new DataView(header.buffer);
  header.set([..."OggS"].map((letter) => letter.charCodeAt(0)));
  header[5] = place.flags;
  view.setBigUint64(6, BigInt(place.granule), true);
  view.setUint32(14, SERIAL, true);
  view.setUint32(18, place.index, true);
  header[26] = lacing.length;
  header.set(lacing, 27);
  const whole = concat([header, ...packets]);
  new DataView(whole.buffer).setUint32(22, checksum(whole), true);
  return whole;
}

function concat(parts: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

const TABLE = Uint32Array.from({ length: 256 }, (_, byte) => {
  let value = byte << 24;
  for (let bit = 0; bit < 8; bit++) value = (value & 0x80000000) === 0 ? value << 1 : (value << 1) ^ 0x04c11db7;
  return value >>> 0;
});

/** Of a page whose own place for it is zero. @see https://www.rfc-editor.org/rfc/rfc3533#section-6 */
function checksum(bytes: Uint8Array): number {
  let sum = 0;
  for (const byte of bytes) sum = ((sum << 8) ^ (TABLE[(sum >>> 24) ^ byte] ?? 0)) >>> 0;
  return sum;
}
