import { describe, expect, it } from "vitest";
import { atLeast, changeBps, formatAmount, formatPrice, parseAmount, shareOf, toDecimal, toTyped } from "./amounts.ts";

describe("toDecimal", () => {
  it.each([
    ["0", "sol", "0"],
    ["1", "sol", "0.000000001"],
    ["1500000000", "sol", "1.5"],
    ["-5", "token", "-0.000005"],
    ["793100000000000", "token", "793100000"],
    ["9223372036854775807", "sol", "9223372036.854775807"],
  ] as const)("writes %s of %s as %s", (amount, unit, decimal) => {
    expect(toDecimal(amount, unit)).toBe(decimal);
  });
});

describe("parseAmount", () => {
  it.each([
    ["0.5", "en", 500_000_000n],
    ["0,5", "en", 500_000_000n],
    ["0,5", "ru", 500_000_000n],
    ["0.5", "ru", 500_000_000n],
    [".5", "en", 500_000_000n],
    ["5,", "ru", 5_000_000_000n],
    ["1,000", "en", 1_000_000_000_000n],
    ["1,000.25", "en", 1_000_250_000_000n],
    ["1,000", "ru", 1_000_000_000n],
    ["1\u00a0000,25", "ru", 1_000_250_000_000n],
    ["0,500", "en", 500_000_000n],
    ["0.0000000010", "en", 1n],
    ["9223372036.854775807", "en", 9_223_372_036_854_775_807n],
  ])("reads %s in %s", (typed, locale, amount) => {
    expect(parseAmount(typed, "sol", locale)).toBe(amount);
  });

  it.each([
    [" ", "empty"],
    ["0", "zero"],
    ["0.000", "zero"],
    ["0.0000000001", "tooPrecise"],
    ["-1", "invalid"],
    ["+1", "invalid"],
    ["1e3", "invalid"],
    ["0x10", "invalid"],
    ["1.2.3", "invalid"],
    [".", "invalid"],
    ["1,00,000", "invalid"],
    ["ten", "invalid"],
    [`1${"0".repeat(40)}`, "tooLarge"],
  ])("says why %s is no amount: %s", (typed, why) => {
    expect(parseAmount(typed, "sol", "en")).toBe(why);
  });

  it("reads back what it writes, in either language", () => {
    for (const locale of ["en", "ru"])
      for (const amount of [1n, 999n, 1_234_567n, 10_000_000_001n])
        expect(parseAmount(toTyped(amount, "token", locale), "token", locale)).toBe(amount);
  });
});

it("takes shares and bounds rounded down", () => {
  expect(shareOf(10n, 25)).toBe(2n);
  expect(atLeast(8_568_078_000_001n, 100)).toBe(8_482_397_220_000n);
  expect(atLeast(7n, 0)).toBe(7n);
});

it("compares prices exactly", () => {
  expect(changeBps("27.958993476", "57.12")).toBe(10_429);
  expect(changeBps("57.12", "28.56")).toBe(-5_000);
});

describe("formats for people", () => {
  it.each([
    ["4318299999", "sol", "en", "4.3182"],
    ["4318299999", "sol", "ru", "4,3182"],
    ["801344123", "sol", "en", "0.8013"],
    ["5000000", "sol", "en", "0.005"],
    ["12", "sol", "en", "0.000000012"],
    ["8482397999999", "token", "en", "8,482,397"],
    ["8482397999999", "token", "ru", "8\u00a0482\u00a0397"],
    ["12345678", "token", "en", "12.34"],
    ["9223372036854775807", "sol", "en", "9,223,372,036.85"],
  ] as const)("%s of %s in %s", (amount, unit, locale, text) => {
    expect(formatAmount(amount, unit, locale)).toBe(text);
  });

  it("writes prices with two decimals", () => {
    expect(formatPrice("27.958993476", "en")).toBe("27.95");
    expect(formatPrice("7.1", "ru")).toBe("7,10");
    expect(formatPrice("411", "en")).toBe("411.00");
  });

  it("shows a gain with its sign", () => {
    expect(formatAmount("917700000", "sol", "en", { signDisplay: "exceptZero" })).toBe("+0.9177");
  });
});
