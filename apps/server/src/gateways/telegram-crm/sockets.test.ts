import { revokeApiKey } from "@pult/api/auth/api-keys.ts";
import { shareAccount } from "@pult/api/chats/accounts/shares.ts";
import { accountsTopic, chatsTopic, typingTopic } from "@pult/api/chats/events.ts";
import type { ChatsEvent } from "@pult/api/chats/schema.ts";
import { appendToLogs, publishAppended } from "@pult/api/realtime/log.ts";
import { contextOf, makeAgent, storeApiKey, unique } from "@pult/api/testing/factories.ts";
import { describeOnDatabases, type TestWorld } from "@pult/api/testing/test-deps.ts";
import { telegramChats, telegramSessions, telegramStores } from "@pult/db/schema/chats.ts";
import { afterEach, expect, it } from "vitest";
import { eventually } from "../../../test/support/mailbox.ts";
import { connectTelegram, endServed, serveTelegram } from "./test-serving.ts";

/** An account with one chat, which has to be linked again: nothing of Telegram is asked of it. */
async function storeAccount({ deps }: TestWorld, owner: string): Promise<string> {
  const [createdAt, userId] = [deps.now(), Math.floor(Math.random() * 1e9) + 1];
  const [store] = await deps.db.insert(telegramStores).values({ owner, userId, createdAt }).returning();
  const [session] = await deps.db
    .insert(telegramSessions)
    .values({ owner, storeId: store?.id ?? null, status: "EXPIRED", isDefault: true, createdAt, updatedAt: createdAt })
    .returning();
  const storeId = store?.id ?? "";
  const chat = { id: `${storeId}/5`, storeId, chatId: 5, type: "private", title: "B", createdAt, updatedAt: createdAt };
  await deps.db.insert(telegramChats).values(chat);
  return session?.id ?? "";
}

async function publish({ deps }: TestWorld, event: Extract<ChatsEvent, { accountId: string }>): Promise<void> {
  const topic = chatsTopic.name(event.accountId);
  const appended = await deps.db.transaction((tx) => appendToLogs(tx, [{ topic, payload: event }]));
  publishAppended(deps.bus, appended);
}

const deleted = (accountId: string, id: string) => ({
  type: "messageDeleted" as const,
  accountId,
  chatId: "5",
  messageIds: [id],
});

describeOnDatabases("Telegram CRM sockets", (world) => {
  afterEach(endServed);

  const userWith = async () => {
    const id = unique("user");
    return { id, token: await world.mintToken(id), accountId: await storeAccount(world, `app:${id}`) };
  };

  it("tells each event once to those who see the account, and to servers, without what it is stored as", async () => {
    const [user, other] = [await userWith(), await userWith()];
    const { key } = await storeApiKey(world.deps, { scopes: ["chats:read"] });
    const served = await serveTelegram(world.deps);
    const [first, second, stranger, server] = [user.token, user.token, other.token, key].map((token) =>
      connectTelegram(served, token),
    );
    for (const one of [first, second, stranger, server]) await one?.named("connect");
    await publish(world, deleted(user.accountId, "1"));
    await publish(world, deleted(other.accountId, "2"));
    const told = async (client: typeof first, count: number) =>
      (await client?.events.until((all) => (all.length > count ? all.slice(1) : undefined)))?.map(({ data }) => data);
    const [mine, others] = [deleted(user.accountId, "1"), deleted(other.accountId, "2")].map(
      ({ type: _, ...event }) => event,
    );
    expect(await told(first, 1)).toEqual([mine]);
    expect(await told(second, 1)).toEqual([mine]);
    expect(await told(stranger, 1)).toEqual([others]);
    expect(await told(server, 2)).toEqual([mine, others]);
    world.deps.bus.publishLatest(typingTopic.name(user.accountId), { accountId: user.accountId, isTyping: true });
    expect((await first?.named("typing"))?.data).toEqual({ accountId: user.accountId, isTyping: true });
    expect(stranger?.events.all.filter(({ name }) => name === "typing")).toEqual([]);
  });

  it("refuses a handshake without a token, with a wrong one, and of a key without the scope", async () => {
    const { key } = await storeApiKey(world.deps, { scopes: ["support:write"] });
    const served = await serveTelegram(world.deps);
    for (const token of [null, "x", key])
      expect((await connectTelegram(served, token).named("refused")).reason).toBe("Authentication error");
  });

  it("follows who sees an account: shares begin and end, accounts come", async () => {
    const agent = await makeAgent(world.deps, { role: "Admin" });
    const { token } = await world.openSession(agent.personId);
    const user = await userWith();
    const { accountId } = user;
    const client = connectTelegram(await serveTelegram(world.deps), token);
    await client.named("connect");
    /** Who sees what is read again behind a change. */
    const untilHeard = (ofAccount: string) =>
      eventually(async () => {
        await publish(world, deleted(ofAccount, "1"));
        return client.events.all.some(({ data }) => data?.messageIds && data.accountId === ofAccount);
      });
    const share = (access: "read" | null) => shareAccount(owner, { accountId, role: "Admin", access });
    const owner = contextOf(world.deps, await world.actorOf(user.token, "chats"));
    await share("read");
    await untilHeard(accountId);
    await share(null);
    const own = await storeAccount(world, `agent:${agent.personId}`);
    world.deps.bus.publishLatest(accountsTopic.name("changed"), null);
    await untilHeard(own);
    await publish(world, deleted(accountId, "after"));
    await publish(world, deleted(own, "last"));
    await client.events.first(({ data }) => data?.messageIds?.[0] === "last");
    expect(client.events.all.filter(({ data }) => data?.messageIds?.[0] === "after")).toEqual([]);
  });

  it("tells a member of the team of the chats that were granted to them alone, until that ends", async () => {
    const agent = await makeAgent(world.deps, { role: "Admin" });
    const { token } = await world.openSession(agent.personId);
    const user = await userWith();
    const { accountId } = user;
    const owner = contextOf(world.deps, await world.actorOf(user.token, "chats"));
    const until = new Date(world.deps.now().getTime() + 60_000);
    await shareAccount(owner, { accountId, memberId: agent.personId, chatId: "5", access: "read", until });
    const served = await serveTelegram(world.deps);
    const client = connectTelegram(served, token);
    await client.named("connect");
    await publish(world, { ...deleted(accountId, "hidden"), chatId: "6" });
    await publish(world, deleted(accountId, "shown"));
    await client.events.first(({ data }) => data?.messageIds?.[0] === "shown");
    const get = (path: string) =>
      fetch(`${served.origin}/api/telegram/${path}?accountId=${accountId}`, {
        headers: { authorization: `Bearer ${token}` },
      });
    expect([(await get("chats/5/associations")).status, (await get("chats/6/associations")).status]).toEqual([
      200, 404,
    ]);
    world.deps.clock.advance(60_000);
    await publish(world, deleted(accountId, "late"));
    const own = await storeAccount(world, `agent:${agent.personId}`);
    world.deps.bus.publishLatest(accountsTopic.name("changed"), null);
    await eventually(async () => {
      await publish(world, deleted(own, "own"));
      return client.events.all.some(({ data }) => data?.messageIds?.[0] === "own");
    });
    expect((await get("chats/5/associations")).status).toBe(404);
    const heard = client.events.all.flatMap(({ data }) => data?.messageIds ?? []);
    expect(new Set(heard)).toEqual(new Set(["shown", "own"]));
  });

  it("answers through the client's callback, as REST does, and ignores the unknown", async () => {
    const user = await userWith();
    const { key } = await storeApiKey(world.deps, { scopes: ["chats:read"] });
    const served = await serveTelegram(world.deps);
    const client = connectTelegram(served, user.token);
    const error = (code: string, details?: object) => ({ error: { code, ...(details ? { details } : {}) } });
    expect(await client.ask("typing", {})).toMatchObject(error("VALIDATION_ERROR", { chatId: expect.any(String) }));
    expect(await client.ask("read", { chatId: "5" })).toMatchObject(
      error("AUTH_EXPIRED", { requiresReauth: true, accountId: user.accountId }),
    );
    expect(await client.ask("typing", { chatId: "5", accountId: crypto.randomUUID() })).toMatchObject(
      error("NOT_FOUND"),
    );
    expect(await connectTelegram(served, key).ask("typing", { chatId: "5" })).toMatchObject(error("FORBIDDEN"));
    client.socket.emit("typing", {});
    client.socket.emit("nonsense", { chatId: "5" });
    served.exhaust();
    expect(await client.ask("typing", {})).toMatchObject(error("RATE_LIMITED", { waitSeconds: 9, source: "pult" }));
    expect(client.events.all.map(({ name }) => name)).toEqual(["connect"]);
  });

  it("disconnects a revoked key, and closes on a payload above 64 KiB", async () => {
    const { key, id } = await storeApiKey(world.deps, { scopes: ["chats:write"] });
    const served = await serveTelegram(world.deps);
    const [revoked, loud] = [connectTelegram(served, key), connectTelegram(served, (await userWith()).token)];
    for (const one of [revoked, loud]) await one.named("connect");
    await revokeApiKey(contextOf(world.deps, { kind: "apiKey", keyId: "a", name: "Admin", scopes: ["*"] }), { id });
    await revoked.named("disconnect");
    loud.socket.emit("typing", { chatId: "x".repeat(65_536) });
    await loud.named("disconnect");
  });
});
