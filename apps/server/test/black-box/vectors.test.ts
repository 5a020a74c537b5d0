import { execFile } from "node:child_process";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { HASH_VECTOR, SIGNED_VECTOR } from "@pult/api/testing/init-data-vectors.ts";
import { describe, expect, test } from "vitest";
import { bothRuntimes } from "../support/matrix.ts";

const ROOT = fileURLToPath(new URL("../../../..", import.meta.url));
const PROGRAM = "packages/api/src/testing/verify-vectors.ts";
const COMMANDS = {
  node: [process.execPath, "--disable-warning=ExperimentalWarning"],
  deno: [join(ROOT, "node_modules/deno/deno"), "run", "-A", "--no-check", "--quiet", "--cached-only"],
} as const;

describe.each(bothRuntimes())("Published init data on %s", (_name, { runtime }) => {
  test("is believed by hash and by Telegram's own signature, and not when it is changed or old", async () => {
    const [file, ...args] = COMMANDS[runtime];
    const { stdout } = await promisify(execFile)(file, [...args, PROGRAM], { cwd: ROOT });
    const refused = "Invalid init data";
    expect(JSON.parse(stdout)).toEqual({
      runtime,
      results: [HASH_VECTOR, SIGNED_VECTOR, SIGNED_VECTOR].map(({ user }) => ({
        as: user.name,
        changed: refused,
        late: refused,
      })),
    });
  });
});
