import { telegramSessions } from "@pult/db/schema/chats.ts";
import { beforeEach, expect, it, vi } from "vitest";
import { type Agent, keyWith, makeAgent, refusal } from "../testing/factories.ts";
import { FakeTelegram } from "../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../testing/linked-account.ts";
import { readerOf } from "../testing/reader.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

describeOnDatabases("The router chats", (world) => {
  let telegram: FakeTelegram;
  let agent: Agent;
  let account: LinkedTestAccount;
  let peerId: number;
  beforeEach(async () => {
    telegram = new FakeTelegram();
    world.deps.mtproto.clients = telegram;
    agent = await makeAgent(world.deps);
    const [me, peer] = [telegram.addUser(), telegram.addUser({ firstName: "Boris" })];
    peerId = peer.id;
    account = await linkAccount(world.deps, telegram, { userId: me.id, owner: `agent:${agent.personId}` });
  });
  const api = (signal?: AbortSignal) => world.as(agent, signal).chats;
  const shapeOf = async (call: Promise<unknown>) => {
    const error = await call.then(
      () => expect.unreachable("It was carried out"),
      (failure) => failure,
    );
    return error.cause;
  };

  it("links by code, and shows the account", async () => {
    telegram.addUser({ phoneNumber: "10000000009", firstName: "Anna" });
    world.deps.clock.advance(1_000);
    const { sessionId } = await api().link.init({});
    await api().link.requestCode({ sessionId, phoneNumber: "+10000000009" });
    expect(await api().link.signIn({ sessionId, code: "12345" })).toMatchObject({ status: "AUTHORIZED" });
    expect(await api().accounts.get({ accountId: sessionId })).toMatchObject({
      status: "AUTHORIZED",
      isDefault: false,
    });
    expect(await api().accounts.setDefault({ accountId: sessionId })).toMatchObject({ isDefault: true });
    expect((await api().accounts.list()).items).toMatchObject([{ isDefault: false }, { isDefault: true }]);
    await api().accounts.unlink({ accountId: sessionId });
    expect((await api().accounts.list()).totalCount).toBe(1);
  });

  it("counts codes and passwords before they are tried", async () => {
    let counted = 0;
    const limitLinking = async () => {
      counted += 1;
    };
    const { link } = world.as(agent, undefined, { limitLinking }).chats;
    const { sessionId } = await link.init({});
    await link.signIn({ sessionId, code: "1" }).catch(() => {});
    await link.password({ sessionId, password: "1" }).catch(() => {});
    await link.requestCode({ sessionId, phoneNumber: "1" }).catch(() => {});
    expect(counted).toBe(3);
  });

  it("follows the chats of an account until it is shared with the reader no more", async () => {
    telegram.write(peerId, telegram.sessions.values().next().value?.userId ?? 0, "Hello");
    await account.start();
    const { accountId } = account;
    const other = await makeAgent(world.deps, { role: "Admin" });
    const theirs = (signal: AbortSignal) => world.as(other, signal).chats.onChats({ accountId, lastEventId: "a:0" });
    await expect(readerOf(theirs).next()).rejects.toMatchObject({ code: "NOT_FOUND" });
    await api().accounts.share({ accountId, role: "Admin", access: "read" });
    const reader = readerOf(theirs);
    expect(await reader.next()).toMatchObject([
      expect.any(String),
      { type: "position", recovered: false, snapshot: { items: [{ title: "Boris" }] } },
      expect.anything(),
    ]);
    const entity = { crmEntityType: "deal", crmEntityId: crypto.randomUUID() };
    const chatId = String(peerId);
    const { id } = await api().associations.add({ chatId, ...entity });
    expect(await reader.next()).toMatchObject([
      expect.any(String),
      { type: "chatUpdated", accountId, chat: { id: chatId, associations: [entity] } },
      expect.anything(),
    ]);
    const asReader = world.as(other).chats;
    expect((await asReader.associations.list(entity)).items).toMatchObject([{ id, chatId, createdBy: agent.personId }]);
    await expect(asReader.associations.remove({ id })).rejects.toMatchObject(refusal("FORBIDDEN"));
    await api().accounts.share({ accountId, role: "Admin", access: null });
    await expect(reader.next()).rejects.toMatchObject({ code: "NOT_FOUND" });
    await account.stop();
  });

  it("tells who types in a chat, and how far was read", async () => {
    const me = [...telegram.sessions.values()][0]?.userId ?? 0;
    telegram.write(peerId, me, "Hello");
    await account.start();
    const chatId = String(peerId);
    const typing = readerOf((signal) => api(signal).onTyping({ chatId }));
    const reads = readerOf((signal) => api(signal).onReads({}));
    const before = world.deps.bus.listening;
    const [typed, read] = [typing.next(), reads.next()];
    await vi.waitFor(() => expect(world.deps.bus.listening).toBe(before + 2), { timeout: 15_000 });
    let isTold = false;
    void typed.then(() => {
      isTold = true;
    });
    // Typing is told to those who listen at the moment, and to no one later.
    await vi.waitFor(
      () => {
        telegram.type(peerId, me);
        expect(isTold).toBe(true);
      },
      { timeout: 15_000 },
    );
    expect(await typed).toMatchObject({ chatId, isTyping: true, action: "typing" });
    expect(await api().markRead({ chatId })).toEqual({ maxId: expect.any(String), unreadCount: 0 });
    expect(await read).toMatchObject({ chatId, direction: "inbox", unreadCount: 0 });
    await typing.stop();
    await reads.stop();
    await account.stop();
  });

  it("lists the devices of an account, and ends one; an expired account reads on from the store", async () => {
    await account.start();
    const { accountId } = account;
    expect((await api().accounts.devices({ accountId })).items.length).toBeGreaterThan(0);
    await account.stop();
    await world.deps.db.update(telegramSessions).set({ status: "EXPIRED" });
    expect((await api().list()).items).toEqual([]);
    const error = await shapeOf(api().accounts.devices({ accountId }));
    expect(error).toMatchObject({ code: "AUTH_EXPIRED", details: { accountId } });
    expect((await api().accounts.get({ accountId })).status).toBe("EXPIRED");
  });

  it("says of what stops sending who resumed it", async () => {
    await world.deps.db.update(telegramSessions).set({ stoppedBy: "PEER_FLOOD" });
    const { accountId } = account;
    await api().accounts.resume({ accountId });
    expect(await world.listAudit("telegram.sendingResumed")).toMatchObject([
      { targetId: accountId, details: { stoppedBy: "PEER_FLOOD" } },
    ]);
    const key = world.as(keyWith("chats:write")).chats;
    expect((await key.accounts.setReceipts({ accountId, sendReceipts: false })).id).toBe(accountId);
  });
});
