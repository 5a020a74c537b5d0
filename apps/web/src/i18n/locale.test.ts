import { describe, expect, it } from "vitest";
import { negotiateLocale } from "./locale.ts";

describe("negotiateLocale", () => {
  it("takes the supported language with the greatest weight", () => {
    expect(negotiateLocale("ru-RU,ru;q=0.9,en;q=0.8")).toBe("ru");
    expect(negotiateLocale("de,ru;q=0.4,en;q=0.7")).toBe("en");
  });

  it("falls back to English for nothing, the unknown and the refused", () => {
    expect(negotiateLocale(null)).toBe("en");
    expect(negotiateLocale("de-DE,fr;q=0.5")).toBe("en");
    expect(negotiateLocale("ru;q=0, *;q=0.1")).toBe("en");
  });
});
