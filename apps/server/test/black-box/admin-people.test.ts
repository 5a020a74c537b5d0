import { readFile, stat } from "node:fs/promises";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { adminCli } from "../support/admin-cli.ts";
import { historyOf, sendMessage } from "../support/calls.ts";
import { startDesk } from "../support/desk.ts";
import { ADMIN_KEY } from "../support/installation.ts";
import { useDirectory, useServer } from "../support/use-server.ts";

describe("npm run admin, about people", () => {
  const server = useServer(startDesk);
  const { run, json } = adminCli(server);
  const files = useDirectory();

  const write = (userId: string) =>
    sendMessage(server, { user_id: userId, message: `I am ${userId}` }, { token: ADMIN_KEY });
  const show = (...who: string[]) =>
    json<{ id: string; role: string; identities: { externalId: string }[] }>(["users", "show", ...who]);

  test.each([
    ["telegram-id", "77001"],
    ["app-id", "user-7"],
    ["instagram-id", "anna.k"],
  ])("grants a role by --%s before the person first appears, shows it and revokes it", async (option, id) => {
    const who = [`--${option}`, id];
    const { personId } = await json<{ personId: string }>(["users", "grant", ...who, "--role", "VIP"]);
    expect(await show(...who)).toMatchObject({ id: personId, role: "VIP", identities: [{ externalId: id }] });
    await json(["users", "revoke", ...who]);
    expect(await show("--person", personId)).toMatchObject({ id: personId, role: "User" });
    expect(await json(["users", "search", id])).toMatchObject({ people: [{ id: personId }] });
  });

  test("reports an error when no person has that id", async () => {
    const refused = { code: 1, out: "", err: expect.stringContaining("Refused:") };
    expect(await run(["users", "show", "--app-id", "unknown-user"])).toMatchObject(refused);
  });

  test("makes two people one after a look at what would come of it, and two again", async () => {
    await write("two-a");
    await write("two-b");
    const { id: keep } = await show("--app-id", "two-a");
    const { id: merge } = await show("--app-id", "two-b");
    const both = ["--keep", keep, "--merge", merge];
    const preview = await json<{ identities: unknown[] }>(["users", "merge", ...both, "--dry-run"]);
    expect(preview).toMatchObject({ refusals: [], roleAfter: "User" });
    expect(preview.identities).toHaveLength(2);
    expect((await show("--app-id", "two-b")).id).toBe(merge);
    const { mergeId } = await json<{ mergeId: string }>(["users", "merge", ...both]);
    expect((await show("--app-id", "two-b")).id).toBe(keep);
    await json(["users", "undo-merge", mergeId]);
    expect((await show("--app-id", "two-b")).id).toBe(merge);
  });

  test("exports a person's data to a file that only its owner can read", async () => {
    await write("export-1");
    const out = join(files, "person.json");
    const { id } = await show("--app-id", "export-1");
    expect(await json(["users", "export", "--app-id", "export-1", "--out", out])).toEqual({ file: out, personId: id });
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect(await readFile(out, "utf8")).toContain("I am export-1");
    expect(JSON.stringify(await json(["users", "export", "--person", id]))).toContain("I am export-1");
  });

  test("erases a person only after confirmation, and counts first", async () => {
    await write("erase-1");
    const { id } = await show("--app-id", "erase-1");
    expect(await json(["users", "erase", "--app-id", "erase-1", "--dry-run"])).toMatchObject({ dryRun: true });
    const unconfirmed = { code: 2, out: "", err: expect.stringContaining("--yes") };
    expect(await run(["users", "erase", "--app-id", "erase-1"])).toMatchObject(unconfirmed);
    expect((await show("--app-id", "erase-1")).id).toBe(id);
    expect(await json(["users", "erase", "--person", id, "--yes"])).toMatchObject({ dryRun: false });
    expect((await run(["users", "show", "--app-id", "erase-1"])).code).toBe(1);
    const texts = (await historyOf(server, "erase-1", { token: ADMIN_KEY })).map(({ message }) => message);
    expect(texts).not.toContain("I am erase-1");
  });

  test("shows, sets and runs retention", async () => {
    const before = await json<object>(["retention", "show"]);
    await json(["retention", "set", "--resolved-messages", "365", "--audit-log", "never"]);
    expect(await json(["retention", "show"])).toEqual({ ...before, resolvedMessages: 365, auditLog: null });
    for (const dryRun of [true, false])
      expect(await json(["retention", "run", ...(dryRun ? ["--dry-run"] : [])])).toMatchObject({
        dryRun,
        counts: { resolvedMessages: 0 },
      });
  });

  test("lists the record, page by page, and exports it whole", async () => {
    const list = (...options: string[]) =>
      json<{ entries: { id: number; action: string }[]; nextCursor: string }>(["audit", "list", ...options]);
    const all = await list("--limit", "200");
    expect(all.entries.map(({ action }) => action)).toContain("auth.roleGranted");
    const first = await list("--limit", "1");
    const next = await list("--limit", "1", "--cursor", first.nextCursor);
    expect([...first.entries, ...next.entries]).toEqual(all.entries.slice(0, 2));
    const granted = await list("--action", "auth.roleGranted");
    expect(new Set(granted.entries.map(({ action }) => action))).toEqual(new Set(["auth.roleGranted"]));
    const out = join(files, "audit.ndjson");
    const { err, code } = await run(["audit", "export", "--out", out, "--progress"]);
    expect([code, err]).toEqual([0, expect.stringMatching(/^\d+ entries\n$/)]);
    const lines = (await readFile(out, "utf8")).trimEnd().split("\n");
    const exported = lines.map((line) => JSON.parse(line));
    expect(exported.map(({ id }) => id)).toEqual([...all.entries.map(({ id }) => id).reverse(), expect.any(Number)]);
    expect(exported.at(-1)).toMatchObject({ action: "auth.auditExported" });
  });
});
