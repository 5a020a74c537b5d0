import { expect, it } from "vitest";
import { fitText } from "./fit-text.ts";

const asIs = (text: string) => text;
const quoted = (text: string) => JSON.stringify({ body: text });

it.each([
  ["hello", 5, asIs, "hello"],
  ["", 0, asIs, ""],
  ["hello!", 5, asIs, "he…"],
  ["привет", 7, asIs, "пр…"],
  ["👍🏽👍", 8, asIs, "👍…"],
  ["ab", 1, asIs, ""],
  ['"""""""', 18, quoted, '""…'],
  ["\n\n\n\n", 15, quoted, "…".slice(1)],
] as const)("fits %j into %i bytes", (text, maxBytes, encode, expected) => {
  const fitted = fitText(text, maxBytes, encode);
  expect(fitted).toBe(expected);
  expect(Buffer.byteLength(encode(fitted ?? ""))).toBeLessThanOrEqual(maxBytes);
});

it("answers null when nothing fits", () => {
  expect(fitText("x", 10, quoted)).toBeNull();
});

it("uses every byte there is, for any length", () => {
  const text = "aé€😀".repeat(40);
  for (let maxBytes = 3; maxBytes < Buffer.byteLength(text); maxBytes++) {
    const fitted = fitText(text, maxBytes, asIs) ?? "";
    expect(fitted.isWellFormed()).toBe(true);
    expect(Buffer.byteLength(fitted)).toBeLessThanOrEqual(maxBytes);
    if (maxBytes > 6) expect(Buffer.byteLength(fitted)).toBeGreaterThan(maxBytes - 4);
  }
});

it("stays quick on a megabyte", () => {
  let calls = 0;
  const fitted = fitText("я".repeat(1_000_000), 4096, (text) => {
    calls += 1;
    return quoted(text);
  });
  expect(Buffer.byteLength(quoted(fitted ?? ""))).toBeGreaterThan(4090);
  expect(calls).toBeLessThan(20);
});
