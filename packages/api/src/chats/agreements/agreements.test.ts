import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Actor } from "../../actor.ts";
import { callerOf, makeAgent } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../../testing/linked-account.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { isStop, wordOf } from "./words.ts";

it("a stop is the word alone, in both languages, and a word is the whole message", () => {
  for (const text of ["/stop", "Stop", " СТОП! ", "/stop@pult_bot", "stop."])
    expect([text, isStop(text)]).toEqual([text, true]);
  for (const text of ["don't stop", "stop by tomorrow", "остановка", "/stopwatch", "стоп-кран"])
    expect([text, isStop(text)]).toEqual([text, false]);
  expect(wordOf("  Yes,  PLEASE! ", ["yes, please"])).toBe("yes, please");
  expect(wordOf("yes, please, but later", ["yes, please"])).toBeNull();
});

describeOnDatabases("Agreements to be written to", (world) => {
  let telegram: FakeTelegram;
  let account: LinkedTestAccount;
  let owner: Actor;
  let me: number;
  let ann: number;
  const staff = () => callerOf(world.deps, owner).chats;
  const chat = () => ({ accountId: account.accountId, chatId: String(ann) });
  const agreements = async () => (await staff().agreements.list(chat())).items;
  const received = () => [...telegram.world.boxOf(ann).messages.values()].map(({ message }) => message.text);
  const write = async (text: string) => {
    const count = (await account.events()).length;
    world.deps.clock.advance(1_000);
    telegram.write(ann, me, text);
    // What is told of the answer to an earlier one may come in between.
    const news = async () => JSON.stringify((await account.events()).slice(count));
    await vi.waitFor(async () => expect(await news()).toContain(`"text":"${text}"`), { timeout: 15_000 });
  };

  beforeEach(async () => {
    telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    me = telegram.addUser({ firstName: "Me" }).id;
    ann = telegram.addUser({ firstName: "Ann" }).id;
    telegram.write(ann, me, "hello");
    const agent = await makeAgent(world.deps, { name: "Olga", role: "Admin" });
    owner = agent;
    account = await linkAccount(world.deps, telegram, { userId: me, owner: `agent:${agent.personId}` });
    await account.start();
  });
  afterEach(() => account.stop());

  it("begin with the agreed word, end with /stop at once, which is confirmed once", async () => {
    await staff().bulk.setSettings({ accountId: account.accountId, words: ["Yes, please"] });
    await write("yes, please, but later");
    expect(await agreements()).toEqual([]);
    await write("YES, please!");
    expect(await agreements()).toMatchObject([{ how: "word", word: "yes, please", endedAt: null, recordedBy: null }]);
    await write("стоп");
    expect(await agreements()).toMatchObject([{ how: "word", endedBy: "stop", endedAt: expect.any(String) }]);
    await write("/stop");
    // It may go out before their second word comes, or after.
    await vi.waitFor(() => expect(received().filter((text) => /отписались/.test(text))).toHaveLength(1), {
      timeout: 15_000,
    });
  });

  it("are recorded by hand with who and why, but not over the person's own /stop", async () => {
    const reason = "Asked for news on the phone";
    await staff().agreements.record({ ...chat(), reason });
    await staff().agreements.record({ ...chat(), reason: "again" });
    expect(await agreements()).toMatchObject([{ how: "hand", reason, recordedByName: "Olga", endedAt: null }]);
    await staff().agreements.end(chat());
    await staff().agreements.record({ ...chat(), reason: "Changed her mind" });
    expect((await agreements()).map(({ endedBy }) => endedBy)).toEqual([null, "hand"]);
    await write("/stop");
    await expect(staff().agreements.record({ ...chat(), reason })).rejects.toMatchObject({
      cause: { key: "chats.personStopped" },
    });
    await write("/agree");
    expect((await agreements())[0]).toMatchObject({ how: "word", endedAt: null });
  });

  it("are shown of a contact, with what may be done about them", async () => {
    const { id: contactId } = await staff().contacts.create({ name: "Ann", telegramUserId: String(ann) });
    const ofContact = async () => (await staff().agreements.ofContact({ contactId })).items;
    expect(await ofContact()).toMatchObject([{ ...chat(), agreement: null, mayRecord: true, mayEnd: false }]);
    await staff().agreements.record({ ...chat(), reason: "Asked for news" });
    expect(await ofContact()).toMatchObject([{ agreement: { how: "hand" }, mayRecord: false, mayEnd: true }]);
    await write("/stop");
    expect(await ofContact()).toMatchObject([{ agreement: { endedBy: "stop" }, mayRecord: false, mayEnd: false }]);
    const other = world.as(await makeAgent(world.deps, { role: "Moderator" })).chats;
    expect(await other.agreements.ofContact({ contactId })).toEqual({ items: [] });
  });

  it("are refused for chats with no other person, and without a reason", async () => {
    const record = (given: object) => staff().agreements.record({ ...chat(), reason: "x", ...given });
    const group = telegram.addGroup({ type: "group", title: "Customers", memberIds: [me, ann] });
    telegram.write(ann, group.chatId, "/agree");
    await vi.waitFor(async () => expect(JSON.stringify(await account.events())).toContain("/agree"), {
      timeout: 15_000,
    });
    await expect(record({ chatId: String(group.chatId) })).rejects.toMatchObject({ cause: { key: "chats.notPerson" } });
    await expect(record({ chatId: "404" })).rejects.toMatchObject({ cause: { key: "chats.chatNotFound" } });
    await expect(record({ reason: " " })).rejects.toMatchObject({ code: "BAD_REQUEST" });
    for (const given of [{ dailyLimit: 0 }, { timeZone: "Mars/Base" }, { words: ["/stop"] }, { windowFrom: "25:00" }])
      await expect(staff().bulk.setSettings({ accountId: account.accountId, ...given })).rejects.toMatchObject({
        code: "BAD_REQUEST",
      });
    expect(await agreements()).toEqual([]);
  });
});
