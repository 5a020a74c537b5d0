import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Actor } from "../../actor.ts";
import { contextOf, makeCustomer } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../../testing/linked-account.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import type { TelegramUpdate } from "../engine/telegram.ts";
import { getChat } from "./chats.ts";
import { listContacts } from "./contacts.ts";
import { forgetFreshness } from "./freshness.ts";
import { listMessages } from "./history.ts";

const DOOR = { mustWork: true };

describeOnBothDatabases("What is stored of a linked account", (world) => {
  let telegram: FakeTelegram;
  let account: LinkedTestAccount;
  let owner: Actor;
  let me: number;
  let ann: number;
  const ctx = () => contextOf(world.deps, owner);
  const texts = async (given: { offsetDate?: Date } = {}) =>
    (await listMessages(ctx(), { chatId: String(ann), limit: 5, ...given }, DOOR)).items.map(({ text }) => text);

  beforeEach(async () => {
    telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    ann = telegram.addUser({ firstName: "Ann" }).id;
    me = telegram.addUser({ firstName: "Me", contactIds: new Set([ann]) }).id;
    for (let at = 0; at < 300; at++) {
      telegram.write(ann, me, `old ${at}`);
      world.deps.clock.advance(1_000);
    }
    const customer = makeCustomer();
    owner = { ...customer, proof: { kind: "token", expiresAt: new Date("2027-01-01") } };
    account = await linkAccount(world.deps, telegram, { userId: me, owner: `app:${customer.externalId}` });
    await account.start();
  });
  afterEach(() => account.stop());

  it("is asked for once by equal readers, together and one after the other, until its time has passed", async () => {
    const middle = new Date(world.deps.now().getTime() - 150_000);
    const reads = {
      getFullChat: () => getChat(ctx(), { chatId: String(ann) }, DOOR),
      getContacts: () => listContacts(ctx(), { limit: 30 }, DOOR),
      getHistory: () => texts({ offsetDate: middle }),
    };
    const ms = { getFullChat: 300_000, getContacts: 1_800_000, getHistory: 0 };
    for (const [method, read] of Object.entries(reads) as [keyof typeof reads, () => Promise<unknown>][]) {
      const answers = await Promise.all([read(), read(), read()]);
      expect(await read()).toEqual(answers[0]);
      expect(telegram.countCalls(method), method).toBe(1);
      world.deps.clock.advance(ms[method]);
      await read();
      expect(telegram.countCalls(method), method).toBe(1);
      world.deps.clock.advance(1);
      if (ms[method] > 0) await read();
      expect(telegram.countCalls(method), method).toBe(ms[method] > 0 ? 2 : 1);
    }
  });

  it("asks once for what Telegram refuses to tell", async () => {
    telegram.failNextWith("getFullChat", "refused", "CHANNEL_PRIVATE");
    for (let times = 0; times < 2; times++)
      expect((await getChat(ctx(), { chatId: String(ann) }, DOOR)).bio).toBeNull();
    expect(telegram.countCalls("getFullChat")).toBe(1);
  });

  it("is never older than what was told", async () => {
    const group = telegram.addGroup({ type: "supergroup", title: "Team", memberIds: [me, ann] });
    telegram.write(ann, group.chatId, "hello");
    const chat = () => getChat(ctx(), { chatId: String(group.chatId) }, DOOR);
    const changes = async () => (await account.events()).filter(({ type }) => type === "chatUpdated").length;
    await vi.waitFor(async () => expect(await changes()).toBe(1), { timeout: 15_000 });
    expect(await chat()).toMatchObject({ title: "Team", memberCount: 2 });
    group.title = "All";
    group.memberIds.add(telegram.addUser().id);
    // Nothing but that it looks otherwise is told.
    const update = { channelId: null, pts: null, ptsCount: 0, qts: null, type: "chatChanged", chatId: group.chatId };
    const batch = { users: [], groups: [], updates: [update as TelegramUpdate], seq: null, date: null };
    telegram.connections[0]?.options.onUpdates(batch);
    await vi.waitFor(async () => expect(await changes()).toBe(2), { timeout: 15_000 });
    expect(await chat()).toMatchObject({ title: "All", memberCount: 3 });

    const tomorrow = new Date(world.deps.now().getTime() + 86_400_000);
    expect((await texts({ offsetDate: tomorrow }))[0]).toBe("old 299");
    telegram.write(ann, me, "new");
    await vi.waitFor(async () => expect((await texts())[0]).toBe("new"), { timeout: 15_000 });
    expect((await texts({ offsetDate: tomorrow }))[0]).toBe("new");
  });

  it("is asked for anew once the account is linked again", async () => {
    await listContacts(ctx(), { limit: 30 }, DOOR);
    await world.deps.db.transaction((tx) => forgetFreshness(tx, account.storeId));
    await listContacts(ctx(), { limit: 30 }, DOOR);
    expect(telegram.countCalls("getContacts")).toBe(2);
  });
});
