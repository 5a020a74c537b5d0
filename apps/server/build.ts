import { cpSync, rmSync } from "node:fs";
import { join } from "node:path";
import { type BuildOptions, build } from "esbuild";

/**
 * Packages that go into the bundle: ours and those of many small modules. Node reads drizzle-orm's large package.json again
 * for each of its modules, which costs 0.3 s and 200 MB at every start.
 */
const INSIDE = ["@pult/", "drizzle-orm", "zod", "@trpc/server", "jose"];

/** The production bundle. What is imported dynamically becomes a chunk of its own: the sandbox. */
export const bundle: BuildOptions = {
  absWorkingDir: import.meta.dirname,
  entryPoints: ["src/main.ts", "src/adapters/heic-worker.ts"],
  outdir: "dist/bin",
  entryNames: "[name]",
  chunkNames: "[name]-[hash]",
  bundle: true,
  splitting: true,
  platform: "node",
  format: "esm",
  target: "node24",
  sourcemap: "linked",
  sourcesContent: false,
  logLevel: "warning",
  plugins: [
    {
      name: "packages-outside",
      setup(bundler) {
        bundler.onResolve({ filter: /^[^./]/ }, ({ path }) => {
          const inside = INSIDE.some(
            (name) => path === name || path.startsWith(name.endsWith("/") ? name : `${name}/`),
          );
          return inside ? undefined : { path, external: true };
        });
      },
    },
  ],
};

/** Writes the bundle and the migrations beside it. */
export default async function buildServer(): Promise<void> {
  const dist = join(import.meta.dirname, "dist");
  rmSync(dist, { recursive: true, force: true });
  await build(bundle);
  cpSync(join(import.meta.dirname, "../../packages/db/migrations"), join(dist, "migrations"), { recursive: true });
}

if (import.meta.main) await buildServer();
