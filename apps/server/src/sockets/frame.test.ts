import { once } from "node:events";
import type { Writable } from "node:stream";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import * as ws from "ws";
import { frameOf, textFrame } from "./frame.ts";

// Exported without a type.
const { Receiver } = ws as unknown as { Receiver: new (options: object) => Writable };

async function decode(...frames: Buffer[]): Promise<string[]> {
  const receiver = new Receiver({ isServer: false, allowSynchronousEvents: true });
  const texts: string[] = [];
  receiver.on("message", (data: Buffer, isBinary: boolean) => texts.push(isBinary ? "binary" : data.toString()));
  receiver.end(Buffer.concat(frames));
  await once(receiver, "finish");
  return texts;
}

describe("textFrame", () => {
  it("is read by ws as it was written, for any text", async () => {
    await fc.assert(
      fc.asyncProperty(fc.string({ unit: "grapheme" }), fc.string({ unit: "binary" }), async (head, body) => {
        const frame = textFrame(Buffer.from(head), Buffer.from(body));
        // A lone surrogate becomes the replacement character, as with ws.
        expect(await decode(frame)).toEqual([Buffer.from(head).toString() + Buffer.from(body).toString()]);
      }),
    );
  });

  it.each([0, 1, 124, 125, 126, 127, 65_534, 65_535, 65_536, 65_537, 3_000_000])(
    "has %i bytes of payload",
    async (length) => {
      const text = "x".repeat(length);
      expect(await decode(frameOf(text), textFrame(Buffer.from("y"), Buffer.from(text)))).toEqual([text, `y${text}`]);
    },
  );

  it("stands beside others in one write", async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.string({ maxLength: 300 })), async (texts) => {
        expect(await decode(...texts.map(frameOf))).toEqual(texts.map((text) => Buffer.from(text).toString()));
      }),
    );
  });
});
