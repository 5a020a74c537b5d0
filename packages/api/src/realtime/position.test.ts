import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { formatPosition, parsePosition } from "./position.ts";

const EPOCH = fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/);

describe("parsePosition", () => {
  it("reads back every position that formatPosition writes", () => {
    fc.assert(
      fc.property(EPOCH, fc.integer({ min: 0, max: 9_999_999_999_999 }), (epoch, offset) => {
        expect(parsePosition(formatPosition({ epoch, offset }))).toEqual({ epoch, offset });
      }),
    );
  });

  it.each([
    "",
    ":",
    "a:",
    ":1",
    "a",
    "a:-1",
    "a:+1",
    "a:01",
    "a:1.5",
    "a:1e3",
    "a: 1",
    "a:1\n",
    "\na:1",
    "a:1:2",
    "a:٣",
    "a:NaN",
    "a:9007199254740992",
    `a:${"9".repeat(17)}`,
    `${"a".repeat(65)}:1`,
    "é:1",
    "a b:1",
    "a\u0000:1",
    "a:1' or '1'='1",
  ])("takes %j for no position", (id) => {
    expect(parsePosition(id)).toBeNull();
  });

  it("answers a position or null for any text, and never throws", () => {
    fc.assert(
      fc.property(fc.oneof(fc.string({ unit: "binary", maxLength: 80 }), fc.string()), (id) => {
        const position = parsePosition(id);
        if (position) expect(formatPosition(position)).toBe(id);
      }),
      { numRuns: 2_000 },
    );
  });
});
