import { type Cipheriv, createCipheriv, createDecipheriv, type Decipheriv } from "node:crypto";
import { crc32 } from "node:zlib";

/** Largest packet taken, bytes: an upload's part is 512 KiB. */
const MAX_PACKET = 4 * 1024 * 1024;

/** How packets are cut out of a byte stream. `decode` answers null while bytes are missing. */
interface Framing {
  encode(packet: Buffer): Buffer;
  decode(bytes: Buffer): { packet: Buffer; used: number } | null;
}

/** @see https://core.telegram.org/mtproto/mtproto-transports */
function createFull(): Framing {
  let sequence = 0;
  return {
    encode(packet) {
      const frame = Buffer.alloc(packet.length + 12);
      frame.writeInt32LE(frame.length, 0);
      frame.writeInt32LE(sequence++, 4);
      packet.copy(frame, 8);
      frame.writeUInt32LE(crc32(frame.subarray(0, -4)), frame.length - 4);
      return frame;
    },
    decode(bytes) {
      if (bytes.length < 4) return null;
      const used = checkLength(bytes.readInt32LE(0), 12);
      if (bytes.length < used) return null;
      if (crc32(bytes.subarray(0, used - 4)) !== bytes.readUInt32LE(used - 4)) throw new Error("Wrong checksum");
      return { packet: bytes.subarray(8, used - 4), used };
    },
  };
}

const abridged: Framing = {
  encode(packet) {
    const words = packet.length >> 2;
    const head = words < 127 ? [words] : [127, words & 255, (words >> 8) & 255, words >> 16];
    return Buffer.concat([Buffer.from(head), packet]);
  },
  decode(bytes) {
    const [first] = bytes;
    if (first === undefined) return null;
    const head = (first & 127) === 127 ? 4 : 1;
    if (bytes.length < head) return null;
    const used = head + checkLength((head === 4 ? bytes.readUIntLE(1, 3) : first & 127) * 4, 0);
    return bytes.length < used ? null : { packet: bytes.subarray(head, used), used };
  },
};

const intermediate: Framing = {
  encode(packet) {
    const head = Buffer.alloc(4);
    head.writeUInt32LE(packet.length);
    return Buffer.concat([head, packet]);
  },
  decode(bytes) {
    if (bytes.length < 4) return null;
    // The highest bit asks for a quick acknowledgement, which is never sent.
    const used = 4 + checkLength(bytes.readUInt32LE(0) & 0x7fffffff, 0);
    return bytes.length < used ? null : { packet: bytes.subarray(4, used), used };
  },
};

const FRAMINGS: Readonly<Record<number, Framing>> = {
  4025479151: abridged,
  4008636142: intermediate,
  3722304989: intermediate,
};

function checkLength(length: number, least: number): number {
  if (length < least || length > MAX_PACKET) throw new Error(`Wrong packet length ${length}`);
  return length;
}

/** Finds out from the first bytes which transport the client speaks, then turns bytes into packets and back. */
export class Transport {
  #framing: Framing | undefined;
  #bytes: Buffer = Buffer.alloc(0);
  #decipher: Decipheriv | undefined;
  #cipher: Cipheriv | undefined;

  /** The packets that `chunk` completes. @throws for what no transport sends */
  decode(chunk: Buffer): Buffer[] {
    const plain = this.#decipher?.update(chunk) ?? chunk;
    this.#bytes = this.#bytes.length === 0 ? plain : Buffer.concat([this.#bytes, plain]);
    this.#framing ??= this.#detect();
    const packets: Buffer[] = [];
    for (;;) {
      const next = this.#framing?.decode(this.#bytes);
      if (!next) return packets;
      packets.push(next.packet);
      this.#bytes = this.#bytes.subarray(next.used);
    }
  }

  encode(packet: Buffer): Buffer {
    if (this.#framing === undefined) throw new Error("The client has not spoken yet");
    const frame = this.#framing.encode(packet);
    return this.#cipher?.update(frame) ?? frame;
  }

  #detect(): Framing | undefined {
    const bytes = this.#bytes;
    if (bytes[0] === 0xef) {
      this.#bytes = bytes.subarray(1);
      return abridged;
    }
    if (bytes.length < 8) return undefined;
    const tagged = FRAMINGS[bytes.readUInt32LE(0)];
    if (tagged !== undefined) {
      this.#bytes = bytes.subarray(4);
      return tagged;
    }
    // Full has no tag: a length, then sequence number 0.
    if (bytes.readUInt32LE(4) === 0) return createFull();
    return bytes.length < 64 ? undefined : this.#detectObfuscated();
  }

  /** @see https://core.telegram.org/mtproto/mtproto-transports#transport-obfuscation */
  #detectObfuscated(): Framing {
    const head = this.#bytes.subarray(0, 64);
    const reversed = Buffer.from(head.subarray(8, 56)).reverse();
    this.#decipher = createDecipheriv("aes-256-ctr", head.subarray(8, 40), head.subarray(40, 56));
    this.#cipher = createCipheriv("aes-256-ctr", reversed.subarray(0, 32), reversed.subarray(32, 48));
    const framing = FRAMINGS[this.#decipher.update(head).readUInt32LE(56)];
    if (framing === undefined) throw new Error("Unknown transport");
    this.#bytes = this.#decipher.update(this.#bytes.subarray(64));
    return framing;
  }
}
