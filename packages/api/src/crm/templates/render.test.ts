import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { problemOfText, renderTemplate } from "./render.ts";

const bold = (offset: number, length: number) => ({ type: "bold" as const, offset, length });
const covered = ({ text, entities }: ReturnType<typeof renderTemplate>) =>
  entities.map(({ offset, length }) => text.slice(offset, offset + length));

describe("A template", () => {
  it("takes the fallback when a value is empty, and tells of what has none", () => {
    const text = 'Hi {first_name or "there"}, {company} {x}';
    expect(renderTemplate({ text, entities: [] }, { first_name: "Anna", company: "Berg", x: "1" })).toMatchObject({
      text: "Hi Anna, Berg 1",
      missing: [],
    });
    expect(renderTemplate({ text, entities: [] }, { first_name: " ", company: null })).toMatchObject({
      text: "Hi there,  ",
      missing: ["company", "x"],
    });
  });

  it("keeps entities in their place, also those over and between variables", () => {
    const text = '😀 Dear {first_name or "friend"}, your {order} is {order}.';
    const at = (words: string) => bold(text.indexOf(words), words.length);
    const entities = [
      at("Dear"),
      at('{first_name or "friend"}'),
      at('{first_name or "friend"}, your'),
      at("is {order}."),
      at("your"),
    ];
    expect(covered(renderTemplate({ text, entities }, { order: "cup 7" }))).toEqual([
      ...["Dear", "friend", "friend, your", "is cup 7.", "your"],
    ]);
    expect(renderTemplate({ text: "{a}!", entities: [bold(0, 3)] }, { a: null }).entities).toEqual([]);
  });

  it("leaves text and entities without variables as they are", () => {
    fc.assert(
      fc.property(
        fc.string().filter((text) => !text.includes("{")),
        fc.nat(20),
        (text, offset) => {
          const length = Math.max(1, text.length - offset);
          const rendered = renderTemplate({ text, entities: [bold(offset, length)] }, {});
          expect(rendered).toEqual({ text, entities: [bold(offset, length)], missing: [] });
        },
      ),
    );
  });

  it("is refused with a variable that is none, or is cut short", () => {
    const known = new Set(["first_name"]);
    expect(problemOfText('Hi {first_name} { x } {} {"a":1} {first_name or ""}', known)).toBeNull();
    expect(problemOfText("Hi {first_nmae}", known)).toBe("Unknown variable: {first_nmae}");
    expect(problemOfText("Hi {first_name or there}", known)).toContain("{first_name");
  });
});
