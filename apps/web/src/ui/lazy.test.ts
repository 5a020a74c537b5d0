import { afterEach, describe, expect, it, vi } from "vitest";
import { lazyModule } from "./lazy.tsx";
import { checkVersion, registerUnsent } from "./new-version.ts";

type Page = { version?: string; fields?: string[]; isDialogOpen?: boolean };

/** A page as far as a version check looks at it. Returns the spy of its reload. */
function stubPage({ version, fields = [], isDialogOpen = false }: Page) {
  const reload = vi.fn();
  const kept = new Map<string, string>();
  vi.stubGlobal("fetch", async () => {
    if (version === undefined) throw new TypeError("fetch failed");
    return new Response(version);
  });
  vi.stubGlobal("document", {
    querySelector: () => (isDialogOpen ? {} : null),
    querySelectorAll: () => fields.map((value) => ({ value })),
  });
  vi.stubGlobal("sessionStorage", {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => kept.set(key, value),
  });
  vi.stubGlobal("location", { reload });
  return reload;
}

afterEach(() => vi.unstubAllGlobals());

describe("lazyModule", () => {
  it("imports once, and again only after a failure", async () => {
    stubPage({});
    const imports = vi.fn().mockRejectedValueOnce(new Error("no such file")).mockResolvedValue("module");
    const { load } = lazyModule(imports);
    await expect(load()).rejects.toThrow("no such file");
    await expect(Promise.all([load(), load()])).resolves.toEqual(["module", "module"]);
    await expect(load()).resolves.toBe("module");
    expect(imports).toHaveBeenCalledTimes(2);
  });
});

describe("checkVersion", () => {
  it("reloads an old page once per version", async () => {
    const reload = stubPage({ version: "newer" });
    await checkVersion();
    await checkVersion();
    expect(reload).toHaveBeenCalledTimes(1);
  });

  it("leaves the page alone when the version is the same or unknown", async () => {
    for (const version of [process.env.BUILD ?? "", undefined]) {
      const reload = stubPage({ version });
      await checkVersion();
      expect(reload).not.toHaveBeenCalled();
    }
  });

  it("does not reload over typed text, an open dialog or an unsent message", async () => {
    for (const page of [{ fields: ["", "Half a sentence"] }, { isDialogOpen: true }]) {
      const reload = stubPage({ version: "newer", ...page });
      await checkVersion();
      expect(reload).not.toHaveBeenCalled();
    }
    const reload = stubPage({ version: "newer" });
    const remove = registerUnsent(() => true);
    await checkVersion();
    expect(reload).not.toHaveBeenCalled();
    remove();
    await checkVersion();
    expect(reload).toHaveBeenCalledTimes(1);
  });
});
