import { expect, it } from "vitest";
import { matchAgents, mentionAt, mentionedIds, splitMentions } from "./mentions.ts";

const [anna, annabel, boris] = ["Anna", "Anna Bell", "Boris (demo)"].map((name) => ({ id: name, name }));
const AGENTS = [anna, annabel, boris].filter((agent) => agent !== undefined);

it("finds the name that is being written at the caret, and none inside an address or after a line break", () => {
  expect(mentionAt("Ask @an", 7)).toEqual({ start: 4, query: "an" });
  expect(mentionAt("Ask @Anna Be later", 12)).toEqual({ start: 4, query: "Anna Be" });
  expect(mentionAt("mail@example", 12)).toBeNull();
  expect(mentionAt("@Anna\nnext", 10)).toBeNull();
  expect(mentionAt("@ ", 2)).toBeNull();
});

it("offers agents by the beginning of any word of their name, in any case", () => {
  expect(matchAgents(AGENTS, "be")).toEqual([annabel]);
  expect(matchAgents(AGENTS, "AN")).toEqual([anna, annabel]);
  expect(matchAgents(AGENTS, "Anna ")).toEqual([annabel]);
  expect(matchAgents(AGENTS, "nna")).toEqual([]);
});

it("names each mentioned agent once, the longer of two names, and none that is part of another word", () => {
  expect(mentionedIds("@Anna Bell and @Boris (demo), @Anna Bell again", AGENTS)).toEqual(["Anna Bell", "Boris (demo)"]);
  expect(mentionedIds("@Annabel, mail@Anna.example", AGENTS)).toEqual([]);
});

it("leaves no character of the text out", () => {
  const text = "See @ and @Anna, please";
  expect(
    splitMentions(text, AGENTS)
      .map((part) => part.text)
      .join(""),
  ).toBe(text);
});
