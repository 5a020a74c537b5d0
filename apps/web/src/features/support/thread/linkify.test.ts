import { expect, it } from "vitest";
import { linkify } from "./linkify.ts";

const links = (text: string) => linkify(text).flatMap((part) => part.href ?? []);

it("finds addresses and leaves the sentence its full stop", () => {
  expect(links("See https://example.com/a?b=1, or (http://example.org).")).toEqual([
    "https://example.com/a?b=1",
    "http://example.org",
  ]);
});

it("loses no character", () => {
  const text = "a https://example.com! b https:// c";
  expect(
    linkify(text)
      .map((part) => part.text)
      .join(""),
  ).toBe(text);
});

it("makes no link of other schemes", () => {
  expect(links("javascript:alert(1) data:text/html,x ftp://example.com")).toEqual([]);
});
