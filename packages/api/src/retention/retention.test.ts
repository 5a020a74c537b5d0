import { auditLog, sessions } from "@pult/db/schema/auth.ts";
import { settings } from "@pult/db/schema/realtime.ts";
import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { issueOneTime } from "../auth/one-time.ts";
import type { Scope } from "../auth/schema.ts";
import { hashToken, newSessionToken } from "../auth/tokens.ts";
import { findDomainError } from "../errors.ts";
import { keyWith, makeCustomer, SYSTEM } from "../testing/factories.ts";
import { readerOf } from "../testing/reader.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";
import { sweepAll } from "./retention.ts";

const DAY_MS = 24 * 60 * 60_000;

const DEFAULTS = {
  resolvedMessages: null,
  pushAttempts: 30,
  telegramUpdates: 30,
  endedSessions: 30,
  finishedOutbox: 30,
  instagramEvents: null,
  instagramWebhooks: 30,
  broadcastRecipients: 90,
  notices: 90,
  toasts: 30,
  roomMessages: null,
  voiceSessions: 30,
  telegramMessages: null,
  bulkTexts: 90,
  webhookDeliveries: 7,
  automationRuns: 30,
  auditLog: 365,
  oneTimeTokens: 7,
};
const NOTHING = Object.fromEntries(Object.keys(DEFAULTS).map((kind) => [kind, 0]));

describeOnBothDatabases("retention", (world) => {
  const api = () => world.as(SYSTEM).auth.retention;

  it("keeps what was said, kind by kind, and writes it down", async () => {
    expect(await api().get()).toEqual(DEFAULTS);
    await api().set({ resolvedMessages: 90 });
    const after = { ...DEFAULTS, resolvedMessages: 90, auditLog: null };
    expect(await api().set({ auditLog: null })).toEqual(after);
    expect(await api().get()).toEqual(after);
    expect(await world.listAudit("auth.retentionChanged")).toMatchObject([
      { targetId: "auth.retention", details: { before: DEFAULTS } },
      { details: { after } },
    ]);
  });

  it("changes at once lose nothing", async () => {
    await Promise.all([
      api().set({ pushAttempts: 1 }),
      api().set({ telegramUpdates: 2 }),
      api().set({ endedSessions: 3 }),
    ]);
    expect(await api().get()).toMatchObject({ pushAttempts: 1, telegramUpdates: 2, endedSessions: 3 });
  });

  it.each([
    {},
    { auditLog: 29 },
    { pushAttempts: 0 },
    { auditLog: 30.5 },
    { auditLog: -1 },
    { auditLog: 3_651 },
    { auditLog: "30" },
    { unknownKind: 30 },
  ])("refuses %j", async (input) => {
    const refused = (error: { code: string }) =>
      error.code === "BAD_REQUEST" || findDomainError(error)?.code === "VALIDATION";
    await expect(api().set(input as never)).rejects.toSatisfy(refused);
    expect(await world.countRows("settings")).toBe(0);
  });

  it("fills in kinds that an older version did not know", async () => {
    await world.deps.db.insert(settings).values({ key: "auth.retention", value: { pushAttempts: 5 } });
    expect(await api().get()).toEqual({ ...DEFAULTS, pushAttempts: 5 });
  });

  it("keeps the audit log for thirty days where less was allowed once", async () => {
    await world.deps.db.insert(settings).values({ key: "auth.retention", value: { auditLog: 1 } });
    expect(await api().get()).toEqual({ ...DEFAULTS, auditLog: 30 });
  });

  it("refuses to shorten what the caller could not delete", async () => {
    const as = (...scopes: Scope[]) => world.as(keyWith(...scopes)).auth.retention;
    const forbidden = (scope: string) => ({ cause: { code: "FORBIDDEN", message: expect.stringContaining(scope) } });
    for (const kind of ["resolvedMessages", "pushAttempts", "telegramUpdates", "finishedOutbox"] as const) {
      await expect(as("auth:write").set({ [kind]: 29 })).rejects.toMatchObject(forbidden("support:write"));
      expect(await as("auth:write", "support:write").set({ [kind]: 29 })).toMatchObject({ [kind]: 29 });
      for (const longer of [29, 30, null])
        expect(await as("auth:write").set({ [kind]: longer })).toMatchObject({ [kind]: longer });
      await expect(as("auth:write").set({ [kind]: 3_650 })).rejects.toMatchObject(forbidden("support:write"));
    }
    for (const auditLog of [30, 366, null])
      await expect(as("auth:write", "support:write").set({ auditLog, endedSessions: 9 })).rejects.toMatchObject(
        forbidden("*"),
      );
    expect(await as("auth:write").set({ auditLog: 365, endedSessions: 1 })).toMatchObject({ endedSessions: 1 });
    expect(await as("*").set({ auditLog: 30, resolvedMessages: 1 })).toMatchObject({
      auditLog: 30,
      resolvedMessages: 1,
    });
  });

  const insertAudit = (days: number) =>
    world.deps.db.insert(auditLog).values({
      at: new Date(world.deps.now().getTime() - days * DAY_MS),
      action: "test.done",
      actorKind: "system",
      actorName: "Pult",
    });

  it("deletes what is past its days, and only that; a dry run counts the same and deletes nothing", async () => {
    await insertAudit(366);
    await insertAudit(364);
    const { personId } = await world.makeAgent();
    for (const [expires, revoked] of [
      [31, null],
      [29, null],
      [-5, 31],
    ] as const) {
      const at = (days: number) => new Date(world.deps.now().getTime() - days * DAY_MS);
      await world.deps.db.insert(sessions).values({
        tokenHash: hashToken(newSessionToken()),
        personId,
        kind: "agent",
        expiresAt: at(expires),
        revokedAt: revoked === null ? null : at(revoked),
      });
    }
    for (const days of [8, 6]) {
      const now = new Date(world.deps.now().getTime() - days * DAY_MS);
      await issueOneTime(world.deps.db, { purpose: "ticket", now, lifeMs: 1_000 });
    }
    const counts = { ...NOTHING, auditLog: 1, endedSessions: 2, oneTimeTokens: 1 };
    expect(await api().run({ dryRun: true })).toEqual({ dryRun: true, counts });
    expect(await world.listAudit("auth.retentionRan")).toEqual([]);
    expect(await api().run({})).toEqual({ dryRun: false, counts });
    expect(await world.listAudit("auth.retentionRan")).toMatchObject([{ details: { counts } }]);
    expect([await world.countRows("sessions"), await world.countRows("one_time_tokens")]).toEqual([1, 1]);
    expect(await world.listAudit("test.done")).toHaveLength(1);
    expect(await api().run({})).toEqual({ dryRun: false, counts: NOTHING });
  });

  it("leaves the audit log protected afterwards", async () => {
    await insertAudit(366);
    await api().run({});
    await expect(world.deps.db.delete(auditLog)).rejects.toThrow();
  });

  it("keeps for ever what has no days", async () => {
    await insertAudit(3_000);
    await api().set({ auditLog: null });
    expect(await api().run({})).toMatchObject({ counts: NOTHING });
    expect(await world.listAudit("test.done")).toHaveLength(1);
  });

  it("deletes more than one batch holds", async () => {
    await world.deps.db.execute(sql`
      insert into telegram_updates (update_id, payload, processed_at)
      select n, '{}'::jsonb, '2020-01-01' from generate_series(1, 5001) n`);
    expect(await api().run({})).toMatchObject({ counts: { telegramUpdates: 5_001 } });
    expect(await world.countRows("telegram_updates")).toBe(0);
  });

  it("by the hour leaves a line only when something was found", async () => {
    const hourly = () => sweepAll(world.contextOf(SYSTEM));
    await hourly();
    expect(await world.countRows("audit_log")).toBe(0);
    await insertAudit(366);
    await hourly();
    await hourly();
    expect(await world.listAudit("auth.retentionRan")).toMatchObject([{ actorKind: "system" }]);
    await expect(sweepAll(world.contextOf(keyWith("auth:write")))).rejects.toMatchObject({ code: "FORBIDDEN" });
  });

  const asKey = () => world.as(keyWith("support:write")).support;

  /** A conversation of two messages, ten days apart, the first with a photo. */
  const talk = async (status: "open" | "resolved", lastDaysAgo: number) => {
    const customer = makeCustomer();
    const start = world.deps.now().getTime();
    world.deps.clock.advance(-(lastDaysAgo + 10) * DAY_MS);
    const photoIds = [await world.uploadAs(customer)];
    const { conversationId } = await world.writeAs(customer, { text: "canary-old", photoIds });
    await asKey().reply({ conversationId, text: "canary-answer", clientId: "r" });
    world.deps.clock.advance(10 * DAY_MS);
    await world.writeAs(customer, { text: "The newest" });
    if (status === "resolved") await asKey().setStatus({ conversationId, status });
    world.deps.clock.set(new Date(start).toISOString());
    await world.deps.db.execute(
      sql`update conversations set created_at = ${new Date(start - 100 * DAY_MS).toISOString()}::timestamptz`,
    );
    return { customer, conversationId };
  };

  it("deletes older messages of resolved conversations, and history ends there", async () => {
    const { customer, conversationId } = await talk("resolved", 25);
    await api().set({ resolvedMessages: 30 });
    expect(await api().run({ dryRun: true })).toMatchObject({ counts: { resolvedMessages: 2 } });
    expect(await world.countRows("media_files")).toBe(1);
    expect(await api().run({})).toMatchObject({ counts: { resolvedMessages: 2 } });
    const page = await asKey().conversation({ conversationId });
    expect([page.messages.map((message) => message.text), page.hasMore]).toEqual([["The newest", ""], false]);
    expect(page.conversation.lastMessage).toMatchObject({ text: "The newest" });
    const { messages } = await world.as(customer).support.history({});
    expect(messages.map((message) => message.text)).toContain("The newest");
    expect(await world.findWords(["canary"])).toEqual([]);
    expect([await world.countRows("media_files"), world.deps.media.files.size]).toEqual([0, 0]);
  });

  it("takes a preview's words with its message, out of the inbox's log too", async () => {
    const { conversationId } = await talk("resolved", 40);
    await api().set({ resolvedMessages: 30 });
    await api().run({});
    const { conversations } = await asKey().inbox({ view: "resolved" });
    expect(conversations).toMatchObject([
      { id: conversationId, lastMessage: { text: "", author: "" }, unreadCount: 0 },
    ]);
    expect(await world.findWords(["canary", "The newest"])).toEqual([]);
    expect(await api().run({})).toMatchObject({ counts: { resolvedMessages: 0 } });
    await asKey().reply({ conversationId, text: "Hello again", clientId: "again" });
    expect((await asKey().conversation({ conversationId })).messages.map((message) => message.text)).toEqual([
      "Hello again",
    ]);
  });

  it("deletes the notices that quote a message with it, out of their lists' logs too", async () => {
    const agent = await world.makeAgent();
    const customer = makeCustomer();
    const { conversationId } = await world.writeAs(customer, { text: "Hello" });
    await asKey().assign({ conversationId, assigneeId: agent.personId });
    await world.writeAs(customer, { text: "canary-message" });
    await asKey().note({ conversationId, text: "canary-note", clientId: "n", mentions: [agent.personId] });
    const titles = async () =>
      (await world.as(agent).notifications.inbox.list({})).notices.map(({ kind }) => kind).toSorted();
    expect(await titles()).toEqual(["support.assigned", "support.mentioned", "support.message"]);
    await asKey().setStatus({ conversationId, status: "resolved" });
    await world.deps.db.execute(sql`update conversations set created_at = '2026-01-01'`);
    world.deps.clock.advance(31 * DAY_MS);
    await api().set({ resolvedMessages: 30 });
    await api().run({});
    expect(await world.findWords(["canary"])).toEqual([]);
    expect(await titles()).toEqual(["support.assigned"]);
  });

  it("deletes nothing of open conversations, and nothing until a number of days is set", async () => {
    await talk("open", 40);
    await talk("resolved", 40);
    const before = await world.countRows("messages");
    await sweepAll(world.contextOf(SYSTEM));
    expect(await world.countRows("messages")).toBe(before);
    await api().set({ resolvedMessages: 30 });
    await sweepAll(world.contextOf(SYSTEM));
    expect(
      await world.query(sql`select distinct status from messages m join conversations c on c.id = conversation_id`),
    ).toEqual([{ status: "open" }]);
  });

  it("makes readers of a shortened conversation begin anew", async () => {
    const { conversationId } = await talk("resolved", 25);
    await api().set({ resolvedMessages: 30 });
    const agent = await world.makeAgent();
    const reader = readerOf((signal) => world.as(agent, signal).support.onConversation({ conversationId }));
    await reader.next();
    const [next] = await Promise.all([reader.next(), api().run({})]);
    expect(next).toMatchObject([expect.any(String), { type: "position", recovered: false }, expect.anything()]);
    expect(JSON.stringify(next)).not.toContain("canary");
    await reader.stop();
  });
});
