import { build } from "esbuild";
import { expect, test } from "vitest";
import { bundle } from "../build.ts";

test("the bundle starts without any sandbox module, and has the sandbox as a chunk of its own", async () => {
  const { metafile } = await build({ ...bundle, write: false, metafile: true });
  const outputs = metafile?.outputs ?? {};
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    const imports = outputs[path]?.imports ?? [];
    for (const { path: next, kind, external } of imports) if (!external && kind === "import-statement") visit(next);
  };
  visit("dist/bin/main.js");
  const inputsOf = (paths: Iterable<string>) => [...paths].flatMap((path) => Object.keys(outputs[path]?.inputs ?? {}));
  const isSandbox = (input: string) => input.includes("packages/sandbox/");
  expect(inputsOf(reached)).toContain("src/main.ts");
  expect(inputsOf(reached).filter(isSandbox)).toEqual([]);
  expect(inputsOf(Object.keys(outputs)).some(isSandbox)).toBe(true);
});
