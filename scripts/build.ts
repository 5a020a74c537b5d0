import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { text } from "node:stream/consumers";

/** Builds what `turbo.json` finds changed since its last build. @returns whether everything is built now */
export async function buildIfChanged(targets: ("server" | "web")[]): Promise<boolean> {
  const notice = setTimeout(() => console.error(`Building ${targets.join(" and ")} …`), 1_000);
  const turbo = spawn(
    process.execPath,
    [
      "node_modules/turbo/bin/turbo",
      "run",
      "build",
      "--ui=stream",
      "--output-logs=errors-only",
      ...targets.map((target) => `--filter=@pult/${target}`),
    ],
    { stdio: ["ignore", "pipe", "inherit"], env: buildEnv() },
  );
  const [output, [code]] = await Promise.all([text(turbo.stdout), once(turbo, "close")]);
  clearTimeout(notice);
  if (code !== 0) console.error(output);
  return code === 0;
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
