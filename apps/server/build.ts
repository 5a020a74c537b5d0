import { cpSync, rmSync } from "node:fs";
import { build } from "esbuild";

/**
 * One file for production. Packages stay outside, but for ours and those of many small modules: Node reads drizzle-orm's large
 * package.json again for each of its modules, which costs 0.3 s and 200 MB at every start.
 */
const INSIDE = ["@pult/", "drizzle-orm", "zod", "@trpc/server", "jose"];

rmSync("dist", { recursive: true, force: true });
await build({
  entryPoints: ["src/main.ts", "src/adapters/heic-worker.ts"],
  outdir: "dist/bin",
  entryNames: "[name]",
  bundle: true,
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
});
cpSync("../../packages/db/migrations", "dist/migrations", { recursive: true });
