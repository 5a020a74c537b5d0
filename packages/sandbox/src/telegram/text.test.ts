import { describe, expect, test } from "vitest";
import { trimmed } from "./rich-text.ts";
import { detectEntities, parseFormatted } from "./text.ts";

describe("parseFormatted, HTML", () => {
  test("removes nested tags and counts in UTF-16 units", () => {
    expect(parseFormatted("😀 <b>bold <i>both</i></b> &lt;&amp;&#128512;", "HTML")).toEqual({
      text: "😀 bold both <&😀",
      entities: [
        { type: "bold", offset: 3, length: 9 },
        { type: "italic", offset: 8, length: 4 },
      ],
    });
  });

  test("keeps the address of a link", () => {
    const { entities } = parseFormatted('<a href="https://a.example/?x=1&amp;y=2">go</a>', "html");
    expect(entities).toEqual([{ type: "text_link", offset: 0, length: 2, url: "https://a.example/?x=1&y=2" }]);
  });

  test.each([
    ["я <x>", `Unsupported start tag "x" at byte offset 3`],
    ["<b>a", `Can't find end tag corresponding to start tag "b"`],
    ["a</b>", "Unexpected end tag at byte offset 1"],
    ["<b>a</i>", `Unmatched end tag at byte offset 4, expected "</b>", found "</i>"`],
    ["1 < 2", "Unclosed start tag at byte offset 2"],
  ])("rejects %s with Telegram's message", (source, reason) => {
    expect(() => parseFormatted(source, "HTML")).toThrow(`Bad Request: can't parse entities: ${reason}`);
  });
});

describe("parseFormatted, MarkdownV2", () => {
  test("reads every marker, a link and escapes", () => {
    const source = "*b* _i_ __u__ ~s~ ||h|| `c.` [t](http://a.b/\\)) 1\\.";
    expect(parseFormatted(source, "MarkdownV2")).toEqual({
      text: "b i u s h c. t 1.",
      entities: [
        { type: "bold", offset: 0, length: 1 },
        { type: "italic", offset: 2, length: 1 },
        { type: "underline", offset: 4, length: 1 },
        { type: "strikethrough", offset: 6, length: 1 },
        { type: "spoiler", offset: 8, length: 1 },
        { type: "code", offset: 10, length: 2 },
        { type: "text_link", offset: 13, length: 1, url: "http://a.b/)" },
      ],
    });
  });

  test.each([
    ["Hello.", "Character '.' is reserved and must be escaped with the preceding '\\'"],
    ["я *open", "Can't find end of Bold entity at byte offset 3"],
  ])("rejects %s with Telegram's message", (source, reason) => {
    expect(() => parseFormatted(source, "MarkdownV2")).toThrow(`Bad Request: can't parse entities: ${reason}`);
  });
});

describe("parseFormatted, Markdown", () => {
  test("reads the old markers without nesting", () => {
    expect(parseFormatted("*b* _i_ [t](http://a.b) \\_.", "Markdown")).toEqual({
      text: "b i t _.",
      entities: [
        { type: "bold", offset: 0, length: 1 },
        { type: "italic", offset: 2, length: 1 },
        { type: "text_link", offset: 4, length: 1, url: "http://a.b" },
      ],
    });
  });

  test("rejects a marker without its end", () => {
    expect(() => parseFormatted("snake_case", "Markdown")).toThrow(
      "Bad Request: can't parse entities: Can't find end of the entity starting at byte offset 5",
    );
  });
});

test("parseFormatted rejects an unknown parse_mode", () => {
  expect(() => parseFormatted("x", "bbcode")).toThrow("Bad Request: unsupported parse_mode");
});

test("detectEntities finds commands, mentions and addresses outside formatted places", () => {
  const text = "/start @someone https://a.example/x. a@b.example /no/path";
  expect(detectEntities(text, [{ type: "code", offset: 7, length: 8 }])).toEqual([
    { type: "bot_command", offset: 0, length: 6 },
    { type: "code", offset: 7, length: 8 },
    { type: "url", offset: 16, length: 19 },
    { type: "email", offset: 37, length: 11 },
  ]);
});

test("trimmed shifts entities with the text and cuts those in the margin", () => {
  const entities = [
    { type: "bold", offset: 0, length: 4 },
    { type: "code", offset: 4, length: 2 },
  ];
  expect(trimmed({ text: "  ab  ", entities })).toEqual({
    text: "ab",
    entities: [{ type: "bold", offset: 0, length: 2 }],
  });
});
