import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Actor } from "../../actor.ts";
import { makeCustomer } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount, untilConnection } from "../../testing/linked-account.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { setReceipts } from "../accounts/sessions.ts";
import { react } from "../acts/messages.ts";
import { markRead } from "../acts/presence.ts";
import { listChats } from "../store/chats.ts";
import { listContacts } from "../store/contacts.ts";
import { listMessages } from "../store/history.ts";

const DOOR = { mustWork: true };

describeOnBothDatabases("A linked account", (world) => {
  let telegram: FakeTelegram;
  let account: LinkedTestAccount;
  let owner: Actor;
  let me: number;
  let ann: number;
  const ctx = () => world.contextOf(owner);
  const told = async () =>
    (await account.events()).map((event) => ("message" in event ? `${event.type} ${event.message.text}` : event.type));
  const untilTold = (expected: string[]) =>
    vi.waitFor(async () => expect(await told()).toEqual(expected), { timeout: 15_000, interval: 10 });

  beforeEach(async () => {
    telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    me = telegram.addUser({ firstName: "Me" }).id;
    ann = telegram.addUser({ firstName: "Ann", lastName: "Example" }).id;
    const customer = makeCustomer();
    owner = { ...customer, proof: { kind: "token", expiresAt: new Date("2027-01-01") } };
    account = await linkAccount(world.deps, telegram, { userId: me, owner: `app:${customer.externalId}` });
  });
  afterEach(() => account.stop());

  /** Before the account was linked. */
  function earlier(work: () => void): void {
    world.deps.clock.advance(-3_600_000);
    work();
    world.deps.clock.advance(3_600_000);
  }

  it("is read when it is linked, and told of what comes from then on", async () => {
    earlier(() => telegram.write(ann, me, "before"));
    await account.start();
    const { items, totalCount } = await listChats(ctx(), { limit: 30 }, DOOR);
    expect(totalCount).toBe(1);
    expect(items).toMatchObject([
      { id: String(ann), type: "private", title: "Ann Example", unreadCount: 1, lastMessage: { text: "before" } },
    ]);
    expect(await told()).toEqual([]);
    telegram.write(ann, me, "first");
    telegram.write(me, ann, "from another device");
    await untilTold(["newMessage first", "messageSent from another device"]);
    expect((await listChats(ctx(), { limit: 30 }, DOOR)).items).toMatchObject([
      { lastMessage: { isOutgoing: true, state: "sent" } },
    ]);
  });

  it("hears once and in order what it missed, of itself and of channels", async () => {
    const channel = telegram.addGroup({ type: "supergroup", title: "Team", memberIds: [me, ann] });
    earlier(() => {
      telegram.write(ann, channel.chatId, "early");
      telegram.write(ann, me, "hello");
    });
    await account.start();
    await account.stop();
    for (const text of ["a", "b", "c"]) telegram.write(ann, me, text);
    telegram.write(ann, channel.chatId, "x");
    telegram.write(ann, channel.chatId, "y");
    await account.start();
    const missed = ["newMessage a", "newMessage b", "newMessage c", "newMessage x", "newMessage y"];
    await untilTold(missed);
    // Pushes that are lost show with the next that arrives.
    telegram.losesPushes = true;
    telegram.write(ann, me, "d");
    telegram.losesPushes = false;
    telegram.write(ann, me, "e");
    await untilTold([...missed, "newMessage d", "newMessage e"]);
    telegram.drop(me);
    telegram.write(ann, me, "f");
    await untilTold([...missed, "newMessage d", "newMessage e", "newMessage f"]);
  });

  it("stores edits with what was said before, deletions and reads", async () => {
    await account.start();
    telegram.write(ann, me, "teh");
    const mine = telegram.write(me, ann, "mine");
    await untilTold(["chatUpdated", "newMessage teh", "messageSent mine"]);
    const seen = (await account.events()).flatMap((event) => (event.type === "newMessage" ? [event.message] : []));
    const id = Number(seen[0]?.id);
    telegram.edit(me, ann, id, { text: "the" });
    telegram.read(ann, me);
    await vi.waitFor(async () => expect(await told()).toContain("read"), { timeout: 15_000 });
    expect((await account.events()).find(({ type }) => type === "read")).toMatchObject({
      direction: "outbox",
      maxId: String(mine.id),
    });
    telegram.delete(me, ann, [id]);
    await vi.waitFor(async () => expect(await told()).toContain("messageDeleted"), { timeout: 15_000 });
    const { items } = await listMessages(ctx(), { chatId: String(ann), limit: 30 }, DOOR);
    expect(items.map(({ text, state }) => [text, state])).toEqual([["mine", "read"]]);
  });

  it("tells of reactions apart from edits, also to a message that was edited", async () => {
    await account.start();
    const { id } = telegram.write(ann, me, "teh");
    await untilTold(["chatUpdated", "newMessage teh"]);
    telegram.edit(ann, me, id, { text: "the" });
    await untilTold(["chatUpdated", "newMessage teh", "messageEdited the"]);
    const [edited] = (await listMessages(ctx(), { chatId: String(ann), limit: 30 }, DOOR)).items;
    await react(ctx(), { chatId: String(ann), messageId: Number(edited?.id), emoji: "👍" });
    await untilTold(["chatUpdated", "newMessage teh", "messageEdited the", "messageReacted the"]);
    const [reacted] = (await listMessages(ctx(), { chatId: String(ann), limit: 30 }, DOOR)).items;
    expect(reacted).toEqual({ ...edited, reactions: [{ emoji: "👍", count: 1, isMine: true }] });
  });

  it("keeps login codes to itself", async () => {
    telegram.addUser({ id: 777_000, firstName: "Telegram" });
    telegram.write(777_000, me, "Login code: 12345");
    await account.start();
    telegram.write(777_000, me, "Login code: 54321");
    telegram.write(ann, me, "hello");
    await untilTold(["chatUpdated", "newMessage hello"]);
    expect(await world.findWords(["Login code", "54321"])).toEqual([]);
    const rows = rowsOf(await world.deps.db.execute(sql`select 1 from telegram_chats where chat_id = 777000`));
    expect(rows).toEqual([]);
  });

  it("fetches what is not stored, each page once", async () => {
    earlier(() => {
      for (let index = 1; index <= 250; index++)
        telegram.write(index % 2 ? ann : me, index % 2 ? me : ann, `m${index}`);
    });
    await account.start();
    const texts: string[] = [];
    let offsetId: number | undefined;
    for (let pages = 0; pages < 20; pages++) {
      const page = await listMessages(ctx(), { chatId: String(ann), limit: 60, offsetId }, DOOR);
      expect(page.totalCount).toBe(250);
      texts.push(...page.items.map(({ text }) => text));
      if (!page.hasMore) break;
      offsetId = Number(page.nextOffsetId);
    }
    expect(texts).toEqual(Array.from({ length: 250 }, (_, index) => `m${250 - index}`));
    const calls = telegram.countCalls("getHistory");
    expect(calls).toBeLessThanOrEqual(4);
    await listMessages(ctx(), { chatId: String(ann), limit: 100, offsetId: 120 }, DOOR);
    expect(telegram.countCalls("getHistory")).toBe(calls);
  });

  it("marks what was read, for the other side only where it is to be seen", async () => {
    earlier(() => telegram.write(ann, me, "read me"));
    await account.start();
    await setReceipts(ctx(), { accountId: account.accountId, sendReceipts: false });
    expect(await markRead(ctx(), { chatId: String(ann) })).toMatchObject({ unreadCount: 0 });
    expect(telegram.countCalls("markRead")).toBe(0);
    telegram.write(ann, me, "and me");
    await untilTold(["read", "newMessage and me"]);
    await setReceipts(ctx(), { accountId: account.accountId, sendReceipts: true });
    await markRead(ctx(), { chatId: String(ann) });
    expect(telegram.countCalls("markRead")).toBe(1);
    await untilTold(["read", "newMessage and me", "read"]);
  });

  it("is expired once Telegram has ended its session, and the Admins are told", async () => {
    await world.makeAccount({ role: "Admin" });
    await account.start();
    telegram.expire(me, "SESSION_REVOKED");
    await untilConnection(world.deps, account.accountId, "offline");
    const [row] = rowsOf<{ status: string; session: string | null }>(
      await world.deps.db.execute(sql`select status, session from telegram_sessions where id = ${account.accountId}`),
    );
    expect(row).toEqual({ status: "EXPIRED", session: null });
    const kinds = rowsOf<{ kind: string }>(await world.deps.db.execute(sql`select kind from notices`));
    expect(kinds).toEqual([{ kind: "chats.accountExpired" }]);
    await expect(listChats(ctx(), { limit: 30 }, DOOR)).rejects.toMatchObject({ code: "AUTH_EXPIRED" });
    expect((await listChats(ctx(), { limit: 30 }, { mustWork: false })).items).toEqual([]);
  });

  it("is expired at once when a call says so while it waits to go on", async () => {
    await account.start();
    telegram.failNextWith("getDifference", "flood", "FLOOD_WAIT_3600", 3_600);
    telegram.drop(me);
    await untilConnection(world.deps, account.accountId, "catchingUp");
    telegram.failNextWith("getContacts", "expired", "SESSION_REVOKED");
    await expect(listContacts(ctx(), { limit: 30 }, DOOR)).rejects.toMatchObject({ code: "AUTH_EXPIRED" });
    await untilConnection(world.deps, account.accountId, "offline");
  });

  it("reads its chats again when too much was missed", async () => {
    earlier(() => telegram.write(ann, me, "one"));
    await account.start();
    await account.stop();
    telegram.tooLongAfter = 3;
    for (let index = 0; index < 10; index++) telegram.write(ann, me, `missed ${index}`);
    world.deps.clock.advance(60_000);
    await account.start();
    await untilTold(["chatUpdated"]);
    const { items } = await listMessages(ctx(), { chatId: String(ann), limit: 30 }, DOOR);
    expect(items.map(({ text }) => text)).toHaveLength(11);
  });
});
