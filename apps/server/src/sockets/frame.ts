/** Longest payload whose length fits into the frame's second byte, and into the two bytes after it. */
const SHORT = 125;
const MEDIUM = 0xffff;

const FIN_TEXT = 0x81;

/**
 * A server's text frame, unmasked and whole, built once for any number of sockets.
 * @param head what this reader's envelope begins with
 * @param body the rest, shared by all readers
 * @see https://www.rfc-editor.org/rfc/rfc6455#section-5.2
 */
export function textFrame(head: Buffer, body: Buffer): Buffer {
  const length = head.length + body.length;
  const start = length <= SHORT ? 2 : length <= MEDIUM ? 4 : 10;
  const frame = Buffer.allocUnsafeSlow(start + length);
  frame[0] = FIN_TEXT;
  if (start === 2) frame[1] = length;
  else if (start === 4) {
    frame[1] = 126;
    frame.writeUInt16BE(length, 2);
  } else {
    frame[1] = 127;
    frame.writeBigUInt64BE(BigInt(length), 2);
  }
  head.copy(frame, start);
  body.copy(frame, start + head.length);
  return frame;
}

const NOTHING = Buffer.alloc(0);

/** A ping without payload. */
export const controlPing = Buffer.from([0x89, 0]);

export const frameOf = (text: string): Buffer => textFrame(NOTHING, Buffer.from(text));
