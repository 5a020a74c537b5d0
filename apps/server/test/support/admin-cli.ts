import { Readable, Writable } from "node:stream";
import { expect } from "vitest";
import { runAdmin } from "../../src/admin/run.ts";
import type { Peer } from "./calls.ts";
import { ADMIN_KEY } from "./installation.ts";

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

export function adminCli(server: Peer): AdminCli {
  async function run(args: string[], env: Record<string, string> = { PULT_ADMIN_KEY: ADMIN_KEY }): Promise<Ran> {
    const written = { out: "", err: "" };
    const into = (name: keyof typeof written) =>
      new Writable({
        write(chunk, _, done) {
          written[name] += chunk;
          done();
        },
      });
    const [stdout, stderr] = [into("out"), into("err")];
    const code = await runAdmin(args, {
      env: { PULT_URL: server.origin, ...env },
      stdin: Readable.from([]),
      stdout,
      stderr,
    });
    return { code, ...written };
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
