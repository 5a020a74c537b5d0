import { describe, expect, it } from "vitest";
import { CommandRegistry, matchesKeys } from "./commands.tsx";
import type { Command } from "./registry.ts";

const press = (key: string, fields: Partial<KeyboardEvent> = {}) => ({
  key,
  code: "",
  ctrlKey: false,
  metaKey: false,
  shiftKey: false,
  altKey: false,
  ...fields,
});

describe("matchesKeys", () => {
  it("tells letters, Shift and the command key apart", () => {
    expect(matchesKeys("e", press("e"))).toBe(true);
    expect(matchesKeys("e", press("E", { shiftKey: true }))).toBe(false);
    expect(matchesKeys("shift+g", press("G", { shiftKey: true }))).toBe(true);
    expect(matchesKeys("mod+k", press("k", { metaKey: true }))).toBe(true);
    expect(matchesKeys("mod+k", press("k", { ctrlKey: true }))).toBe(true);
    expect(matchesKeys("k", press("k", { ctrlKey: true }))).toBe(false);
    expect(matchesKeys("e", press("e", { altKey: true }))).toBe(false);
  });

  it("takes a sign with the Shift it needs", () => {
    expect(matchesKeys("?", press("?", { shiftKey: true }))).toBe(true);
  });

  it("goes by the place of the key under a layout without Latin letters", () => {
    expect(matchesKeys("j", press("о", { code: "KeyJ" }))).toBe(true);
    expect(matchesKeys("j", press("y", { code: "KeyJ" }))).toBe(false);
  });
});

describe("CommandRegistry", () => {
  const command = (id: string, keys: string): Command => ({ id, label: id, group: "list", keys, run: () => {} });

  it("lets the latest owner of a key have it, until it is gone", () => {
    const registry = new CommandRegistry();
    const page = Symbol("page");
    const dialog = Symbol("dialog");
    registry.set(page, [command("one", "e")]);
    registry.set(dialog, [command("other", "e")]);
    expect(registry.find(press("e"))?.id).toBe("other");
    registry.remove(dialog);
    expect(registry.find(press("e"))?.id).toBe("one");
    expect(registry.all()).toHaveLength(1);
  });
});
