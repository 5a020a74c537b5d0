import { describe, expect, it } from "vitest";
import { compilePattern, PatternError } from "./pattern.ts";

describe("compilePattern", () => {
  it.each<[pattern: string, found: string[], not: string[]]>([
    ["price", ["What is the PRICE?"], ["prize"]],
    ["^(да|нет)$", ["Да", "НЕТ"], ["да нет", ""]],
    ["\\bсчёт\\b", ["где счёт?", "счёт"], ["счётчик"]],
    ["#?\\d{4,6}", ["order 12345", "#9999"], ["123"]],
    ["[a-c]+x", ["ABCx", "ax"], ["dx", "x"]],
    ["[^a-c\\s]{2}", ["zz"], ["a b c", "z"]],
    ["colou?r|shade", ["color", "a shade"], ["colr"]],
    ["(?:ab){2,3}c", ["ababc", "abababc"], ["abc"]],
    ["a.*b", ["a---b"], ["a\nb"]],
    ["[]x]", ["]"], ["y"]],
    ["\\.\\+\\n", [".+\n"], ["x+\n"]],
    ["", ["anything"], []],
    ["(a|)b", ["b", "ab"], ["a"]],
    ["🙂{2}", ["🙂🙂"], ["🙂"]],
  ])("finds %s where it stands, and nowhere else", (source, found, not) => {
    const pattern = compilePattern(source);
    for (const text of found) expect([text, pattern.test(text)]).toEqual([text, true]);
    for (const text of not) expect([text, pattern.test(text)]).toEqual([text, false]);
  });

  it.each([
    "(",
    "a)",
    "[a",
    "*a",
    "a**?+(",
    "(?=a)",
    "(?<name>a)",
    "(a)\\1",
    "\\pL",
    "a{200}",
    "a{3,2}",
    "x".repeat(201),
    "(a{1,60}){1,60}",
  ])("refuses %s", (source) => expect(() => compilePattern(source)).toThrow(PatternError));

  it("takes no longer for patterns that make others back-track for ever", () => {
    const text = `${"a".repeat(4_000)}!`;
    const begun = performance.now();
    for (const source of ["(a+)+$", "^(a|a)*$", "a*a*a*a*a*b", "(.*)*x"])
      expect(compilePattern(source).test(text)).toBe(false);
    expect(performance.now() - begun).toBeLessThan(5_000);
  });
});
