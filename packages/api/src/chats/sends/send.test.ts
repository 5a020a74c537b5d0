import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Actor } from "../../actor.ts";
import { makeCustomer } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../../testing/linked-account.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { TelegramFailure } from "../engine/port.ts";
import { sendBody } from "../inputs.ts";
import { listScheduled } from "../store/history.ts";
import { queueSend, retrySend, sendNow } from "./send.ts";

describeOnDatabases("Messages of a linked account", (world) => {
  let telegram: FakeTelegram;
  let account: LinkedTestAccount;
  let owner: Actor;
  let me: number;
  let ann: number;
  const ctx = () => world.contextOf(owner);
  const body = (given: object) => ({ ...sendBody.parse(given), chatId: String(ann) });
  const received = () => [...telegram.world.boxOf(ann).messages.values()].map(({ message }) => message.text);

  beforeEach(async () => {
    telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    me = telegram.addUser({ firstName: "Me" }).id;
    ann = telegram.addUser({ firstName: "Ann" }).id;
    world.deps.clock.advance(-60_000);
    telegram.write(ann, me, "hello");
    world.deps.clock.advance(60_000);
    const customer = makeCustomer();
    owner = { ...customer, proof: { kind: "token", expiresAt: new Date("2027-01-01") } };
    account = await linkAccount(world.deps, telegram, { userId: me, owner: `app:${customer.externalId}` });
    await account.start();
  });
  afterEach(() => account.stop());

  it("are told once with their client id, and a repeat sends nothing", async () => {
    const { message, isRepeat } = await sendNow(ctx(), body({ text: "Hi", clientId: "one" }));
    expect(message).toMatchObject({
      text: "Hi",
      clientId: "one",
      state: "sent",
      isOutgoing: true,
      chatId: String(ann),
    });
    expect(isRepeat).toBe(false);
    expect(await sendNow(ctx(), body({ text: "Hi", clientId: "one" }))).toMatchObject({ isRepeat: true, message });
    await expect(sendNow(ctx(), body({ text: "Ho", clientId: "one" }))).rejects.toMatchObject({ code: "CONFLICT" });
    const sent = (await account.events()).filter(({ type }) => type === "messageSent");
    expect(sent).toMatchObject([
      { userId: (owner as { externalId: string }).externalId, message: { clientId: "one" } },
    ]);
    expect(received()).toEqual(["hello", "Hi"]);
  });

  it("arrive once when the answer is lost, and in the order in which they were asked for", async () => {
    telegram.failNext("send", new TelegramFailure("down", "TIMEOUT", { mayHaveHappened: true }), { after: true });
    const texts = Array.from({ length: 12 }, (_, index) => `m${index}`);
    const sent = await Promise.all(texts.map((text) => queueSend(ctx(), body({ text, clientId: text }))));
    expect(sent.every(({ message }) => message.state === "queued")).toBe(true);
    await vi.waitFor(
      () => {
        world.deps.clock.advance(1_000);
        expect(received().slice(1)).toEqual(texts);
      },
      { timeout: 10_000, interval: 50 },
    );
    await vi.waitFor(
      async () => expect((await account.events()).filter(({ type }) => type === "messageSent")).toHaveLength(12),
      { timeout: 15_000 },
    );
    const [stored] = (await account.events()).filter(({ type }) => type === "messageSent");
    expect(await queueSend(ctx(), body({ text: "m0", clientId: "m0" }))).toMatchObject({
      isRepeat: true,
      message: (stored as { message: object }).message,
    });
  });

  it("are cut where they are too long, each part once", async () => {
    const { message, parts } = await sendNow(ctx(), body({ text: `${"a".repeat(4_000)}\n\n${"b".repeat(1_000)}` }));
    expect(parts.map(({ text, clientId }) => [text.length, clientId])).toEqual([
      [4_000, message.clientId],
      [1_000, message.clientId],
    ]);
  });

  it("wait for a pause that Telegram asks for, or say so to those who wait", async () => {
    telegram.failNextWith("send", "flood", "FLOOD_WAIT_30", 30);
    await expect(sendNow(ctx(), body({ text: "Hi", clientId: "one" }))).rejects.toMatchObject({
      code: "RATE_LIMITED",
      retryAfterSeconds: 30,
    });
    const calls = telegram.countCalls("send");
    await expect(sendNow(ctx(), body({ text: "Ho" }))).rejects.toMatchObject({ code: "RATE_LIMITED" });
    expect(telegram.countCalls("send")).toBe(calls);
    world.deps.clock.advance(31_000);
    expect(await sendNow(ctx(), body({ text: "Hi", clientId: "one" }))).toMatchObject({ message: { state: "sent" } });
    expect(received()).toEqual(["hello", "Hi"]);
  });

  it("wait for a group's slow mode without holding up other chats", async () => {
    const other = telegram.addUser({ firstName: "Other" }).id;
    telegram.write(other, me, "hello from the other");
    telegram.failNextWith("send", "flood", "SLOWMODE_WAIT_30", 30);
    const sent = queueSend(ctx(), body({ text: "slow", clientId: "slow" }));
    await vi.waitFor(() => expect(telegram.countCalls("send")).toBe(1), { timeout: 15_000 });
    expect((await sent).message.state).not.toBe("failed");
    expect(await sendNow(ctx(), { ...body({ text: "elsewhere" }), chatId: String(other) })).toMatchObject({
      message: { state: "sent" },
    });
    world.deps.clock.advance(31_000);
    await vi.waitFor(() => expect(received()).toEqual(["hello", "slow"]), { timeout: 15_000 });
  });

  it("fail with Telegram's reason, hold up nothing, and may be tried again", async () => {
    telegram.failNextWith("send", "refused", "USER_IS_BLOCKED");
    const refused = sendNow(ctx(), body({ text: "no", clientId: "no" }));
    const next = sendNow(ctx(), body({ text: "yes" }));
    await expect(refused).rejects.toMatchObject({ code: "FORBIDDEN", params: { reason: "USER_IS_BLOCKED" } });
    expect(await next).toMatchObject({ message: { state: "sent" } });
    await retrySend(ctx(), { chatId: String(ann), clientId: "no" });
    await vi.waitFor(() => expect(received()).toEqual(["hello", "yes", "no"]), { timeout: 15_000 });
  });

  it("stop for strangers once Telegram says so", async () => {
    const stranger = telegram.addUser({ firstName: "Stranger" }).id;
    telegram.write(me, stranger, "from the phone");
    await vi.waitFor(async () => expect(await account.events()).toHaveLength(2), { timeout: 15_000 });
    telegram.failNextWith("send", "refused", "PEER_FLOOD");
    const toStranger = { ...sendBody.parse({ text: "Hi" }), chatId: String(stranger) };
    await expect(sendNow(ctx(), toStranger)).rejects.toMatchObject({
      code: "FORBIDDEN",
      params: { reason: "PEER_FLOOD" },
    });
    await expect(sendNow(ctx(), toStranger)).rejects.toMatchObject({ key: "chats.sendingStopped" });
    expect(await sendNow(ctx(), body({ text: "Hi" }))).toMatchObject({ message: { state: "sent" } });
  });

  it("are scheduled by Telegram, and told when they are sent", async () => {
    const scheduleDate = new Date(world.deps.now().getTime() + 60_000).toISOString();
    const { message } = await sendNow(ctx(), body({ text: "later", clientId: "later", scheduleDate }));
    expect(message).toMatchObject({ state: "scheduled", isScheduled: true, clientId: "later" });
    expect((await listScheduled(ctx(), { chatId: String(ann) }, { mustWork: true })).items).toMatchObject([
      { text: "later", clientId: "later", isScheduled: true },
    ]);
    world.deps.clock.advance(61_000);
    telegram.fireScheduled();
    await vi.waitFor(
      async () =>
        expect((await account.events()).at(-1)).toMatchObject({ type: "messageSent", message: { clientId: "later" } }),
      { timeout: 15_000 },
    );
  });

  it("name what is wrong with them", async () => {
    for (const [given, key] of [
      [{ text: "  " }, "chats.textRequired"],
      [{ text: "Hi", entities: [{ type: "bold", offset: 1, length: 5 }] }, "chats.entityInvalid"],
      [{ text: "Hi", entities: [{ type: "text_link", offset: 0, length: 2 }] }, "chats.entityInvalid"],
      [{ text: "Hi", scheduleDate: world.deps.now().toISOString() }, "chats.scheduleInvalid"],
      [{ text: "Hi", replyToMessageId: 999_999 }, "chats.replyNotFound"],
      [{ media: { id: "unknown" } }, "chats.mediaNotFound"],
    ] as const)
      await expect(sendNow(ctx(), body(given))).rejects.toMatchObject({ key });
    expect(received()).toEqual(["hello"]);
  });
});
