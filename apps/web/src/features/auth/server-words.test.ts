import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import en from "../../messages/en.json" with { type: "json" };
import { KNOWN_REASONS } from "../shell/refusals.ts";

const API = join(import.meta.dirname, "../../../../../packages/api/src");

const sources = readdirSync(API, { recursive: true, encoding: "utf8" })
  .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts") && !file.startsWith("testing"))
  .map((file) => readFileSync(join(API, file), "utf8"))
  .join("\n");

describe("what the server says", () => {
  it.each(KNOWN_REASONS)("is still said in these words: %s", (words) => {
    expect(sources).toContain(`"${words}"`);
  });

  const actions = new Set(Array.from(sources.matchAll(/"(auth\.[a-z][A-Za-z]+)"/g), ([, action]) => action ?? ""));
  const recorded = [...actions].filter((action) => new RegExp(`action[:=? ][^;]{0,60}"${action}"`).test(sources));

  it("records something", () => {
    expect(recorded).toContain("auth.keyCreated");
  });

  it.each(recorded)("%s has words in the audit log", (action) => {
    expect(en.audit.action).toHaveProperty(action.replace(".", "_"));
  });
});
