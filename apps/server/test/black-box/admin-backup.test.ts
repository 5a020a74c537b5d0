import { readdirSync } from "node:fs";
import { readFile, stat, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { sharedEnv } from "../server-under-test.ts";
import { adminCli } from "../support/admin-cli.ts";
import { backupOf, contentsOf, restorable } from "../support/backup-file.ts";
import { sendMessage } from "../support/calls.ts";
import { startDesk } from "../support/desk.ts";
import { ADMIN_KEY } from "../support/installation.ts";
import { useDirectory, useServer } from "../support/use-server.ts";

describe("npm run admin, backup and restore", () => {
  const { ENCRYPTION_KEY = "" } = sharedEnv();
  const start = () => startDesk({}, { env: { ENCRYPTION_KEY } });
  const [source, target] = [useServer(start), useServer(start)];
  const [from, to] = [adminCli(source), adminCli(target)];
  const files = useDirectory();
  const file = join(files, "pult.ndjson.gz");
  beforeAll(async () => {
    await sendMessage(source, { user_id: "kept", message: "Hello" }, { token: ADMIN_KEY });
  });

  test("takes a backup into a file that is its owner's alone, and tells how far it is where it is asked to", async () => {
    const { code, out, err } = await from.run(["backup", "--out", file, "--json", "--progress"]);
    expect([code, err]).toEqual([0, expect.stringMatching(/^\d+\.\d MB received\n/)]);
    const { mode, size } = await stat(file);
    expect(mode & 0o777).toBe(0o600);
    expect(JSON.parse(out)).toMatchObject({ file, bytes: size, files: 0, rows: { conversations: 1 } });
    expect(contentsOf(await readFile(file))).toEqual(contentsOf(await backupOf(source)));
    expect(await from.run(["backup", "--out", file])).toMatchObject({ code: 2 });
    expect(readdirSync(files)).toEqual(["pult.ndjson.gz"]);
  });

  test("restores it after it was said twice, and once more only with --replace", async () => {
    const empty = contentsOf(await backupOf(target));
    expect(await to.run(["restore", file])).toMatchObject({ code: 2, out: "", err: expect.stringContaining("--yes") });
    expect(await to.json(["restore", file, "--dry-run"])).toMatchObject({ dryRun: true, rows: { conversations: 1 } });
    expect(contentsOf(await backupOf(target))).toEqual(empty);
    expect(await to.json(["restore", file, "--yes"])).toMatchObject({
      dryRun: false,
      rows: { conversations: 1 },
      access: { callerStays: true },
      next: ["Every agent signs in again", expect.stringContaining("waited are used up: 1;")],
    });
    expect(restorable(contentsOf(await backupOf(target)))).toEqual(restorable(contentsOf(await readFile(file))));
    const again = await to.run(["restore", file, "--yes"]);
    expect(again).toMatchObject({ code: 1, err: expect.stringContaining("would replace 1 conversations") });
    expect((await to.run(["restore", file, "--yes", "--replace"])).code).toBe(0);
  });

  test("tells the caller that the backup lacks their key, and which keys the restore re-enabled", async () => {
    const make = (name: string) =>
      to.json<{ id: string; key: string }>(["keys", "create", "--name", name, "--scope", "*"]);
    const [kept, revoked] = [await make("Kept"), await make("Revoked")];
    const withKeys = join(files, "with-keys.gz");
    await writeFile(withKeys, await backupOf(target));
    await to.json(["keys", "revoke", revoked.id]);
    const later = await make("Later");
    const args = ["restore", withKeys, "--replace", "--yes", "--json"];
    const first = await to.run(args, { PULT_API_KEY: later.key });
    expect(JSON.parse(first.out)).toMatchObject({
      access: { livingKeys: 2, revivedKeys: [{ id: revoked.id, name: "Revoked" }], callerStays: false },
      next: expect.arrayContaining([
        expect.stringContaining("works no longer"),
        expect.stringContaining("did not work before and do now: 1;"),
      ]),
    });
    expect(await to.run(["keys", "list"], { PULT_API_KEY: later.key })).toMatchObject({ code: 1 });
    const second = await to.run(args, { PULT_API_KEY: kept.key });
    expect(JSON.parse(second.out)).toMatchObject({ access: { revivedKeys: [], callerStays: true } });
    expect(await to.run(["keys", "list"], { PULT_API_KEY: kept.key })).toMatchObject({ code: 0 });
  });

  test("refuses a file that is damaged, and changes nothing", async () => {
    const damaged = join(files, "damaged");
    await writeFile(damaged, (await readFile(file)).subarray(0, -9));
    const before = contentsOf(await backupOf(target));
    const args = ["restore", damaged, "--replace", "--yes"];
    expect(await to.run(args)).toMatchObject({ code: 1, out: "", err: expect.stringContaining("Refused: The backup") });
    expect(contentsOf(await backupOf(target))).toEqual(before);
  });
});
