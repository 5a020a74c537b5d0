import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

type Target = "server" | "web";

/** What each build is made from, and what must exist after it. */
const TARGETS: Record<Target, { inputs: string[]; output: string }> = {
  server: {
    inputs: [
      "apps/server/src",
      "apps/server/build.ts",
      "packages/api/src",
      "packages/db/src",
      "packages/db/migrations",
      "packages/sandbox/src",
    ],
    output: "apps/server/dist/bin/main.js",
  },
  web: {
    inputs: [
      "apps/web/src",
      "apps/web/public",
      "apps/web/next.config.ts",
      "apps/web/postcss.config.mjs",
      "apps/web/package.json",
      "packages/api/src",
      "packages/sandbox/src/control.ts",
    ],
    output: "apps/web/.next/BUILD_ID",
  },
};

/**
 * Builds what changed since its last build; when nothing did, this costs some file stats.
 * @returns whether everything is built now
 */
export async function buildIfChanged(targets: Target[]): Promise<boolean> {
  const stale = targets.filter((target) => !isFresh(target));
  if (stale.length === 0) return true;
  console.error(`Building ${stale.join(" and ")} …`);
  const filters = stale.map((target) => `--filter=@pult/${target}`);
  const turbo = spawn(
    process.execPath,
    ["node_modules/turbo/bin/turbo", "run", "build", "--ui=stream", "--output-logs=errors-only", ...filters],
    { stdio: "inherit", env: buildEnv() },
  );
  const [code] = await once(turbo, "close");
  if (code !== 0) return false;
  for (const target of stale) writeFileSync(stampOf(target), fingerprint(target));
  return true;
}

/** Every tool that a build starts runs on the pinned Node.js. */
export function buildEnv(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    PATH: `${join(process.cwd(), "node_modules/node/bin")}:${join(process.cwd(), "node_modules/.bin")}:${process.env.PATH ?? ""}`,
    NODE_ENV: "production",
    TURBO_TELEMETRY_DISABLED: "1",
    NEXT_TELEMETRY_DISABLED: "1",
    DO_NOT_TRACK: "1",
  };
}

const stampOf = (target: Target): string => `node_modules/.pult-built-${target}`;

function isFresh(target: Target): boolean {
  const stamp = stampOf(target);
  return existsSync(TARGETS[target].output) && existsSync(stamp) && readFileSync(stamp, "utf8") === fingerprint(target);
}

function fingerprint(target: Target): string {
  const hash = createHash("sha256").update(readFileSync("package-lock.json"));
  for (const path of TARGETS[target].inputs)
    visit(path, (file, size, time) => hash.update(`${file}\0${size}\0${time}\n`));
  return hash.digest("hex");
}

function visit(path: string, add: (file: string, size: number, time: number) => void): void {
  const stats = statSync(path, { throwIfNoEntry: false });
  if (!stats) return;
  if (!stats.isDirectory()) {
    add(path, stats.size, stats.mtimeMs);
    return;
  }
  for (const name of readdirSync(path).sort()) visit(join(path, name), add);
}
