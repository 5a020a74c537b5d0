import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { ADMIN_KEY } from "./installation.ts";

const ENTRY = fileURLToPath(new URL("../../dist/admin/main.js", import.meta.url));

export interface Ran {
  code: number | null;
  out: string;
  err: string;
}

/** The admin command line against one server, as a script would run it. */
export interface AdminCli {
  run(args: string[], env?: Record<string, string>): Promise<Ran>;
  /** With `--json`. Expects success, silence on stderr, and one line. */
  json<Result>(args: string[]): Promise<Result>;
}

export function adminCli(server: { readonly origin: string }): AdminCli {
  async function run(args: string[], env: Record<string, string> = { PULT_ADMIN_KEY: ADMIN_KEY }): Promise<Ran> {
    const { PATH = "" } = process.env;
    const child = spawn(process.execPath, ["--disable-warning=ExperimentalWarning", ENTRY, ...args], {
      env: { NODE_ENV: "production", PATH, PULT_URL: server.origin, ...env },
      stdio: ["ignore", "pipe", "pipe"],
    });
    let out = "";
    let err = "";
    child.stdout.on("data", (chunk) => {
      out += chunk;
    });
    child.stderr.on("data", (chunk) => {
      err += chunk;
    });
    const [code] = await once(child, "close");
    return { code, out, err };
  }
  return {
    run,
    async json<Result>(args: string[]): Promise<Result> {
      const { code, out, err } = await run([...args, "--json"]);
      expect([code, err]).toEqual([0, ""]);
      expect(out.trimEnd().split("\n")).toHaveLength(1);
      return JSON.parse(out);
    },
  };
}
