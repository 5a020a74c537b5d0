import { describe, expect, it } from "vitest";
import { DraftStore, EMPTY_DRAFT } from "./draft-store.ts";

function storage() {
  const map = new Map<string, string>();
  return {
    map,
    getItem: (key: string) => map.get(key) ?? null,
    setItem: (key: string, value: string) => void map.set(key, value),
    removeItem: (key: string) => void map.delete(key),
  };
}

describe("DraftStore", () => {
  it("gives back what was written, apart for each agent and conversation", () => {
    const keep = storage();
    const drafts = new DraftStore(keep, "a");
    drafts.write(1, { ...EMPTY_DRAFT, reply: "half a sen", note: "ask B" }, 5);
    expect(new DraftStore(keep, "a").read(1)).toEqual({
      ...EMPTY_DRAFT,
      reply: "half a sen",
      note: "ask B",
      savedAt: 5,
    });
    expect(drafts.read(2)).toEqual(EMPTY_DRAFT);
    expect(new DraftStore(keep, "b").read(1)).toEqual(EMPTY_DRAFT);
  });

  it("keeps nothing of an empty draft", () => {
    const keep = storage();
    const drafts = new DraftStore(keep, "a");
    drafts.write(1, { ...EMPTY_DRAFT, reply: "x" }, 5);
    expect(drafts.write(1, EMPTY_DRAFT, 6)?.savedAt).toBe(0);
    expect(keep.map.size).toBe(0);
  });

  it("reads rubbish as nothing", () => {
    const keep = storage();
    keep.map.set("pult.draft.a.1", "{not json");
    keep.map.set("pult.draft.a.2", '{"reply":7,"mode":"shout"}');
    const drafts = new DraftStore(keep, "a");
    expect(drafts.read(1)).toEqual(EMPTY_DRAFT);
    expect(drafts.read(2)).toEqual(EMPTY_DRAFT);
  });

  it("says when the browser keeps nothing", () => {
    const full = {
      ...storage(),
      setItem: () => {
        throw new Error("QuotaExceededError");
      },
    };
    expect(new DraftStore(full, "a").write(1, { ...EMPTY_DRAFT, reply: "x" }, 5)).toBeNull();
  });
});
