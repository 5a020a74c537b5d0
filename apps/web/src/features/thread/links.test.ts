import { describe, expect, it } from "vitest";
import { splitLinks } from "./links.ts";

describe("splitLinks", () => {
  it("finds addresses and leaves the sentence around them", () => {
    expect(splitLinks("See https://example.com/a?b=1, or (https://example.org).")).toEqual([
      { at: 0, text: "See ", href: null },
      { at: 4, text: "https://example.com/a?b=1", href: "https://example.com/a?b=1" },
      { at: 29, text: ", or (", href: null },
      { at: 35, text: "https://example.org", href: "https://example.org" },
      { at: 54, text: ").", href: null },
    ]);
  });

  it("loses no character", () => {
    const text = "a https://example.com! b https:// c";
    expect(
      splitLinks(text)
        .map((part) => part.text)
        .join(""),
    ).toBe(text);
  });

  it("makes nothing clickable but the web", () => {
    const text =
      "javascript:alert(1) data:text/html,x ftp://example.com http:// mailto:me@example.com me@example.com //example.com www.example.com";
    expect(splitLinks(text).every((part) => part.href === null)).toBe(true);
    expect(splitLinks("").length).toBe(0);
  });
});
