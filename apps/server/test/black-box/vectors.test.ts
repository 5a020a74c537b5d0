import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { HASH_VECTOR, SIGNED_VECTOR } from "@pult/api/testing/init-data-vectors.ts";
import { describe, expect, test } from "vitest";
import { commandOf, ROOT } from "../server-under-test.ts";
import { bothRuntimes } from "../support/matrix.ts";

const PROGRAM = "packages/api/src/testing/verify-vectors.ts";

describe.each(bothRuntimes())("Published init data on %s", (_name, { runtime }) => {
  test("is believed by hash and by Telegram's own signature, and not when it is changed or old", async () => {
    const [file, ...args] = commandOf(runtime, PROGRAM);
    const { stdout } = await promisify(execFile)(file, args, { cwd: ROOT });
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
