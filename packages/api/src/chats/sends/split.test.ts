import fc from "fast-check";
import { expect, it } from "vitest";
import { MAX_CAPTION, MAX_MESSAGE, splitText } from "./split.ts";

const split = (text: string, limit = MAX_MESSAGE) => splitText({ text, entities: [] }, limit).map((part) => part.text);
const of = (letter: string, count: number) => letter.repeat(count);

it("cuts at the last paragraph break that fits, else at white space, else hard", () => {
  expect(split(`${of("a", 2_000)} ${of("b", 1_000)}\n\n${of("c", 2_000)}`)).toEqual([
    `${of("a", 2_000)} ${of("b", 1_000)}`,
    of("c", 2_000),
  ]);
  expect(split(`${of("a", 3_000)} \n ${of("b", 3_000)}`)).toEqual([of("a", 3_000), of("b", 3_000)]);
  expect(split(of("a", 5_000))).toEqual([of("a", 4_096), of("a", 904)]);
  expect(split(`${of("a", 4_095)}😀${of("b", 10)}`)).toEqual([of("a", 4_095), `😀${of("b", 10)}`]);
  expect(split(`${of("a", 4_096)} b`)).toEqual([of("a", 4_096), "b"]);
  expect(split(`${of("a", 4_096)}\n\nb`)).toEqual([of("a", 4_096), "b"]);
});

it("continues formatting behind a cut", () => {
  const text = `${of("a", 4_000)} ${of("b", 4_000)}`;
  const entities = [{ type: "bold" as const, offset: 3_990, length: 21 }];
  expect(splitText({ text, entities }, MAX_MESSAGE).map((part) => part.entities)).toEqual([
    [{ type: "bold", offset: 3_990, length: 10 }],
    [{ type: "bold", offset: 0, length: 10 }],
  ]);
});

it("loses nothing but white space, and keeps within the limits", () => {
  const words = fc.string({ unit: fc.constantFrom("a", "ж", "😀", " ", "\n", "\n\n"), maxLength: 9_000 });
  fc.assert(
    fc.property(words, fc.constantFrom(MAX_CAPTION, MAX_MESSAGE), (text, limit) => {
      const parts = split(text, limit);
      expect(parts.join("").replace(/\s/g, "")).toBe(text.replace(/\s/g, ""));
      expect(parts.every((part, index) => part.length <= (index === 0 ? limit : MAX_MESSAGE))).toBe(true);
      expect(parts.every((part) => part.isWellFormed())).toBe(true);
    }),
    { numRuns: 60 },
  );
});
