import { AUDIT_ACTIONS } from "@pult/api/auth/audit/schema.ts";
import { ERRORS } from "@pult/api/error-keys.ts";
import { PROBLEMS } from "@pult/api/outbox/why.ts";
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

const LANGUAGES = { en: new Map(flatten(en)), ru: new Map(flatten(ru)) };
const PLURAL_FORMS = { en: ["one", "other"], ru: ["one", "few", "many", "other"] };

describe.each(["en", "ru"] as const)("messages in %s", (language) => {
  const messages = LANGUAGES[language];

  it("exist for every key of the other language, with the same arguments", () => {
    const others = LANGUAGES[language === "en" ? "ru" : "en"];
    const shape = (all: Map<string, string>) =>
      Object.fromEntries([...all].map(([key, text]) => [key, argumentsOf(text)]));
    expect(shape(messages)).toEqual(shape(others));
  });

  it("have every plural form", () => {
    const lacking = [...messages]
      .filter(([, text]) => text.includes(", plural,"))
      .filter(([, text]) => !PLURAL_FORMS[language].every((form) => text.includes(` ${form} {`)));
    expect(lacking).toEqual([]);
  });

  it("exist for every refusal, and take no more than it tells", () => {
    const told = ERRORS.flatMap(({ slice, declared }) =>
      Object.entries(declared).map(([name, [, text]]) => ({
        key: `errors.${slice}.${name}`,
        params: argumentsOf(text),
      })),
    );
    const lacking = told.filter(({ key, params }) => {
      const text = messages.get(key);
      return text === undefined || argumentsOf(text).some((name) => !params.includes(name));
    });
    expect(lacking).toEqual([]);
    const slices = ERRORS.map(({ slice }) => `errors.${slice}.`);
    const known = [...messages.keys()].filter((key) => slices.some((slice) => key.startsWith(slice)));
    expect(known.toSorted()).toEqual(told.map(({ key }) => key).toSorted());
  });

  it("exist for every action of the audit log", () => {
    const known = [...messages.keys()].filter((key) => key.startsWith("audit.action."));
    expect(known.toSorted()).toEqual(AUDIT_ACTIONS.map((name) => `audit.action.${name.replace(".", "_")}`).toSorted());
  });

  it("exist for every reason why something was not sent", () => {
    const known = [...messages.keys()].filter((key) => key.startsWith("deliveries.problem."));
    expect(known.toSorted()).toEqual(PROBLEMS.map((name) => `deliveries.problem.${name}`).toSorted());
  });
});
