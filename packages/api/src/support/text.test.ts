import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { storableText } from "../storable.ts";
import { hashContent, lineOf, previewOf, splitText } from "./text.ts";

const words = fc.array(
  fc.oneof(
    fc.string({ unit: "grapheme", maxLength: 12 }),
    fc.constantFrom(" ", "\n", "\n\n", "  ", "😀", "👩🏽‍🚀", "слово", "مرحبا", "x".repeat(50)),
  ),
  { maxLength: 60 },
);
const text = words.map((parts) => parts.join("").toWellFormed());
const limit = fc.integer({ min: 2, max: 60 });

describe("splitText", () => {
  it("makes parts of at most the limit, none of them empty, none of them cut inside a surrogate pair", () => {
    fc.assert(
      fc.property(text, limit, (whole, most) => {
        for (const part of splitText(whole, most)) {
          expect(part.length).toBeLessThanOrEqual(most);
          expect(part.trim()).not.toBe("");
          expect(part.isWellFormed()).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it("loses nothing but blanks at the cuts, and keeps the order", () => {
    fc.assert(
      fc.property(text, limit, (whole, most) => {
        let at = 0;
        for (const part of splitText(whole, most)) {
          const found = whole.indexOf(part, at);
          expect(whole.slice(at, found).trim()).toBe("");
          at = found + part.length;
        }
        expect(whole.slice(at).trim()).toBe("");
      }),
      { numRuns: 500 },
    );
  });

  it("leaves a text that fits as it is, blanks included", () => {
    expect(splitText("  two\n\nparagraphs ", 20)).toEqual(["  two\n\nparagraphs "]);
  });

  it("cuts at a paragraph before a line, at a line before a word, at a word before a character", () => {
    expect(splitText("one two\nthree\n\nfour five", 18)).toEqual(["one two\nthree", "four five"]);
    expect(splitText("one two\nthree four", 15)).toEqual(["one two", "three four"]);
    expect(splitText("one two three", 10)).toEqual(["one two", "three"]);
    expect(splitText("onetwothree", 6)).toEqual(["onetwo", "three"]);
  });

  it("does not cut far below the limit for the sake of a boundary", () => {
    expect(splitText(`a ${"b".repeat(20)}`, 16)[0]).toHaveLength(16);
  });

  it("keeps 20,000 characters without a blank whole", () => {
    const long = "😀".repeat(10_000);
    const parts = splitText(long, 4096);
    expect(parts).toHaveLength(5);
    expect(parts.join("")).toBe(long);
  });

  it("makes nothing of blanks", () => {
    expect(splitText(" \n ".repeat(50), 10)).toEqual([]);
    expect(splitText("", 10)).toEqual([]);
  });
});

it("storableText takes out NUL and mends half characters, and changes nothing else", () => {
  expect(storableText("a\u0000b\ud800c")).toBe("ab\ufffdc");
  fc.assert(
    fc.property(text, (whole) => {
      fc.pre(!whole.includes("\u0000"));
      expect(storableText(whole)).toBe(whole);
    }),
  );
});

describe("previewOf", () => {
  it("is one line of at most the length, well formed, for any text", () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 1, max: 40 }), (whole, length) => {
        const preview = previewOf(whole, length);
        expect(preview.length).toBeLessThanOrEqual(length);
        expect(preview).not.toMatch(/\n/);
        expect(preview.isWellFormed()).toBe(true);
      }),
    );
  });

  it("shows that it was cut", () => {
    expect(previewOf("one  two\nthree", 8)).toBe("one two…");
    expect(previewOf("one two", 7)).toBe("one two");
  });
});

it("hashContent tells apart what joins to the same text", () => {
  expect(hashContent(["a", ["b"]])).not.toBe(hashContent(["ab", []]));
  expect(hashContent(["a", ["b"]])).toBe(hashContent(["a", ["b"]]));
});

describe("splitText between characters as people see them", () => {
  it.each([
    ["a family", "👨‍👩‍👧‍👦"],
    ["a flag", "🇩🇪"],
    ["a letter with marks", "e\u0301\u0323"],
  ])("keeps %s whole", (_, character) => {
    const parts = splitText(character.repeat(60), 50);
    expect(parts.join("")).toBe(character.repeat(60));
    for (const part of parts) expect(part.length % character.length).toBe(0);
  });
});

describe("lineOf", () => {
  it.each([
    ["Anna\nForged: line", "Anna Forged: line"],
    ["\u202eannA\u202c", "annA"],
    ["  Anna \t K  ", "Anna K"],
    ["Ан\u0301на 👩‍👧", "Ан\u0301на 👩‍👧"],
    ["\u0000\u200b\u2066", null],
    ["\u3164", null],
    [null, null],
  ])("makes one visible line of %j", (name, line) => {
    expect(lineOf(name)).toBe(line);
  });

  it("cuts no character in two", () => {
    expect(lineOf("😀".repeat(100), 5)).toBe("😀😀");
  });
});
