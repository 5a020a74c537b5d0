import { describe, expect, it } from "vitest";
import en from "./en.json" with { type: "json" };
import ru from "./ru.json" with { type: "json" };

type Tree = { [key: string]: string | Tree };

function flatten(tree: Tree, prefix = ""): [key: string, text: string][] {
  return Object.entries(tree).flatMap(([key, value]) =>
    typeof value === "string" ? [[prefix + key, value] as [string, string]] : flatten(value, `${prefix}${key}.`),
  );
}

/** Names of an ICU message's arguments; a brace after a plural or select form opens that form's text instead. */
function argumentsOf(text: string): string[] {
  const found = text.matchAll(/(?<!\b(?:one|few|many|other|none|second|minute|=\d) )\{(\w+)(?=[,}])/g);
  return [...new Set(Array.from(found, (match) => match[1] ?? ""))].sort();
}

const english = new Map(flatten(en));
const russian = new Map(flatten(ru));

describe("messages", () => {
  it("exist in both languages", () => {
    expect([...russian.keys()].sort()).toEqual([...english.keys()].sort());
  });

  it.each([...english])("%s takes the same arguments in both", (key, text) => {
    expect(argumentsOf(russian.get(key) ?? "")).toEqual(argumentsOf(text));
  });

  it.each([...russian].filter(([, text]) => text.includes(", plural,")))(
    "%s has every Russian plural",
    (_key, text) => {
      for (const form of ["one", "few", "many", "other"]) expect(text).toContain(` ${form} {`);
    },
  );
});
