import { auditLog } from "@pult/db/schema/auth.ts";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Actor } from "../../actor.ts";
import { keyWith } from "../../testing/factories.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { recordAudit } from "../audit.ts";
import type { AuditAction } from "./schema.ts";

describeOnBothDatabases("The audit log", (world) => {
  const reader = keyWith("auth:read");
  const api = (actor: Actor = reader) => world.as(actor).auth.audit;
  const record = (action: AuditAction, targetId: string, actor: Actor = keyWith("auth:write")) =>
    recordAudit(world.deps.db, world.contextOf(actor), {
      action,
      target: { kind: "person", id: targetId, name: `Name of ${targetId}` },
      details: { note: targetId },
    });

  it("shows actor, action, target and address", async () => {
    await record("auth.roleChanged", "anna", reader);
    expect((await api().list()).entries).toEqual([
      {
        id: expect.any(Number),
        at: "2026-03-10T12:00:00.000Z",
        action: "auth.roleChanged",
        actor: { kind: "apiKey", id: reader.keyId, name: "Shop server" },
        target: { kind: "person", id: "anna", name: "Name of anna" },
        ip: "192.0.2.1",
        userAgent: "vitest",
        details: { note: "anna" },
      },
    ]);
  });

  it("is paged newest first, each entry once, also when entries are added meanwhile", async () => {
    for (const id of ["1", "2", "3", "4", "5"]) await record("auth.keyCreated", id);
    const seen: (string | undefined)[] = [];
    let cursor: string | null = null;
    do {
      const page: Awaited<ReturnType<ReturnType<typeof api>["list"]>> = await api().list({ limit: 2, cursor });
      seen.push(...page.entries.map(({ target }) => target?.id));
      cursor = page.nextCursor;
      await record("auth.keyCreated", "late");
    } while (cursor);
    expect(seen).toEqual(["5", "4", "3", "2", "1"]);
  });

  it("is narrowed by action, actor, target, time and words, taken literally", async () => {
    const vera = await world.makeAgent({ name: "Vera", role: "Admin" });
    await record("auth.keyCreated", "100%", vera);
    world.deps.clock.advance(60_000);
    await record("auth.keyRevoked", "100x");
    const targets = async (input: Parameters<ReturnType<typeof api>["list"]>[0]) =>
      (await api().list(input)).entries.map(({ target }) => target?.id);
    expect(await targets({ action: "auth.keyRevoked" })).toEqual(["100x"]);
    expect(await targets({ actorId: vera.personId })).toEqual(["100%"]);
    expect(await targets({ targetId: "100x" })).toEqual(["100x"]);
    expect(await targets({ from: "2026-03-10T12:00:30Z" })).toEqual(["100x"]);
    expect(await targets({ to: "2026-03-10T12:01:00Z" })).toEqual(["100%"]);
    expect(await targets({ search: "100%" })).toEqual(["100%"]);
    expect(await targets({ search: "vera KEYCREATED" })).toEqual(["100%"]);
    expect(await targets({ search: "vera revoked" })).toEqual([]);
    expect(await targets({ search: "192.0.2.1" })).toEqual(["100x", "100%"]);
    expect(await api().actions()).toEqual({ actions: ["auth.keyCreated", "auth.keyRevoked"] });
  });

  it("refuses a cursor, a number and a date that are none", async () => {
    for (const input of [
      { cursor: "next" },
      { limit: 201 },
      { from: "yesterday" },
      { to: "0000-12-31T23:59:59Z" },
      { search: "\u0000" },
    ])
      await expect(api().list(input)).rejects.toMatchObject({ code: "BAD_REQUEST" });
    await expect(api().export({ limit: 5_001 })).rejects.toMatchObject({ code: "BAD_REQUEST" });
  });

  it("is exported oldest first, which is recorded once for a walk through its pages", async () => {
    for (const id of ["1", "2", "3"]) await record("auth.keyCreated", id);
    const first = await api().export({ limit: 2 });
    const second = await api().export({ limit: 2, cursor: first.nextCursor });
    expect([...first.entries, ...second.entries].map(({ target, action }) => target?.id ?? action)).toEqual([
      ...["1", "2", "3"],
      "auth.auditExported",
    ]);
    expect(second.nextCursor).toBeNull();
    expect(await world.countRows("audit_log")).toBe(4);
    await api().export();
    expect(await world.countRows("audit_log")).toBe(5);
  });

  it("records every export: a cursor is bound to its walk, its caller and an hour", async () => {
    for (const id of ["1", "2", "3", "4"]) await record("auth.keyCreated", id);
    const filter = { action: "auth.keyCreated", limit: 1 };
    const { nextCursor: cursor } = await api().export(filter);
    if (!cursor) throw new Error("There is a next page");
    const refused = { cause: { code: "VALIDATION", key: "auth.exportCursorInvalid" } };
    const last = (await api().list()).entries.at(-1)?.id;
    const forged = [
      String(last),
      cursor.replace(/.(?=.{8}$)/, (one) => (one === "A" ? "B" : "A")),
      cursor.slice(0, -4),
      "v1",
    ];
    const sealedElsewhere = world.deps.vault.seal("elsewhere", JSON.stringify([1, "", 9e15]));
    for (const one of [...forged, sealedElsewhere])
      await expect(api().export({ ...filter, cursor: one })).rejects.toMatchObject(refused);
    await expect(api().export({ limit: 1, cursor })).rejects.toMatchObject(refused);
    await expect(api().export({ ...filter, search: "4", cursor })).rejects.toMatchObject(refused);
    await expect(api(keyWith("auth:read")).export({ ...filter, cursor })).rejects.toMatchObject(refused);
    world.deps.clock.advance(60 * 60_000 - 1);
    expect((await api().export({ ...filter, limit: 5_000, cursor })).entries).toHaveLength(3);
    world.deps.clock.advance(1);
    await expect(api().export({ ...filter, cursor })).rejects.toMatchObject(refused);
    expect((await api().list({ action: "auth.auditExported" })).entries).toHaveLength(1);
  });

  it("is exported as it is filtered; what was searched for is not written down", async () => {
    for (const id of ["anna", "boris"]) await record("auth.keyCreated", id);
    await record("auth.keyRevoked", "anna");
    const exported = await api().export({ search: "anna", action: "auth.keyCreated" });
    expect(exported.entries.map(({ action, target }) => [action, target?.id])).toEqual([["auth.keyCreated", "anna"]]);
    const [trace] = (await api().list({ action: "auth.auditExported" })).entries;
    expect(trace?.details).toEqual({ action: "auth.keyCreated", searched: true });
  });

  it.each([
    ["update", sql`update audit_log set actor_name = 'Nobody'`],
    ["delete", sql`delete from audit_log`],
    ["truncate", sql`truncate audit_log`],
  ])("only grows: the database refuses to %s", async (_, statement) => {
    await record("auth.keyCreated", "1");
    await expect(world.deps.db.execute(statement)).rejects.toMatchObject({
      cause: { message: expect.stringContaining("The audit log only grows") },
    });
    expect(await world.deps.db.select({ name: auditLog.actorName }).from(auditLog)).toEqual([{ name: "Shop server" }]);
  });
});
