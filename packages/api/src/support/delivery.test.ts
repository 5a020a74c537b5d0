import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { BotError } from "../telegram/bot.ts";
import { makeTelegramCustomer, refusal } from "../testing/factories.ts";
import { serveCustomer } from "../testing/served-customer.ts";
import { settleOutbox } from "../testing/telegram-desk.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";

const down = () => new BotError("down", "Telegram could not be reached");
const flood = (seconds: number) => new BotError("flood", "Too Many Requests", { retryAfterMs: seconds * 1_000 });

describeOnBothDatabases("The delivery of messages", { telegram: true }, (world) => {
  const start = (options: Parameters<typeof serveCustomer>[1] = {}) => serveCustomer(world.deps, options);
  const warnings = () => world.deps.log.lines.filter((line) => line.level === "warn").map((line) => line.fields);

  it("delivers every message of a chat in order, and says so", async () => {
    const { deliver, deliveriesOf, reply, texts } = await start();
    const numbers = Array.from({ length: 25 }, (_, at) => String(at));
    for (const text of numbers) await reply(text);
    const last = await reply("last");
    await deliver();
    expect(texts()).toEqual([...numbers, "last"]);
    expect(await deliveriesOf(last.id)).toMatchObject([
      { leg: "group", state: "delivered", reason: null, retryAt: null },
      { leg: "telegram", state: "delivered", reason: null, retryAt: null },
      { leg: "push", state: "skipped", reason: "No registered device", retryAt: null },
    ]);
    expect(warnings()).toEqual([]);
  });

  it("announces each change of a delivery in the conversation's log", async () => {
    const { deliver, deliveriesOf, reply, conversationId } = await start();
    const { id } = await reply("Answer");
    await deliver();
    const changes = world.deps.bus.published
      .filter(({ topic }) => topic === `support.conversation:${conversationId}`)
      .map(({ entry }) => entry.payload)
      .filter((payload) => JSON.stringify(payload).includes(`"messageId":${id},`));
    expect(changes).toHaveLength(3);
    expect(changes.at(-1)).toMatchObject({ type: "deliveryChanged", deliveries: await deliveriesOf(id) });
  });

  it("sends photos as one album in order, then a long text in parts", async () => {
    const { deliver, shown, chatId, server, api, conversationId } = await start();
    const photoIds = [await world.uploadAs(server), await world.uploadAs(server)];
    const text = "word ".repeat(2_000).trim();
    const { message } = await api.reply({ conversationId, text, photoIds, clientId: "long" });
    await deliver();
    const [first, second, ...parts] = shown(chatId);
    const keys = message.photos.map((photo) => photo.url.replace(/^\/uploads\/|\?.*$/g, ""));
    expect([first?.photoKey, second?.photoKey]).toEqual(keys);
    expect(parts.map((part) => part.text).join(" ")).toBe(text);
    expect(parts.every((part) => part.text.length <= 4_096)).toBe(true);
  });

  it("waits out a flood by the clock, says so, then delivers everything in order", async () => {
    const { deliver, deliveriesOf, bot, reply, texts } = await start();
    await deliver();
    const { id } = await reply("1");
    for (const text of ["2", "3"]) await reply(text);
    bot.failAll = flood(7);
    await deliver();
    const retryAt = new Date(world.deps.now().getTime() + 7_000).toISOString();
    expect(await deliveriesOf(id)).toContainEqual({
      leg: "telegram",
      state: "pending",
      reason: "Too Many Requests",
      retryAt,
    });
    bot.failAll = null;
    world.deps.clock.advance(6_999);
    await deliver();
    expect(texts()).toEqual([]);
    world.deps.clock.advance(1);
    await deliver();
    expect(texts()).toEqual(["1", "2", "3"]);
  });

  it("backs off while Telegram is down, doubling to eight seconds, and loses nothing", async () => {
    const { deliver, bot, reply, texts } = await start();
    await deliver();
    bot.failAll = down();
    for (const text of ["1", "2"]) await reply(text);
    const waits: number[] = [];
    for (let tries = 0; tries < 9; tries++) {
      await deliver();
      const [head] = await world.query<{ due: number | string }>(
        sql`select extract(epoch from due_at) * 1000 as due from outbox where state = 'pending' and route = 'telegram' order by id limit 1`,
      );
      const wait = Number(head?.due) - world.deps.now().getTime();
      waits.push(wait / 1_000);
      world.deps.clock.advance(wait);
    }
    expect(waits).toEqual([1, 2, 4, 8, 8, 8, 8, 8, 8]);
    bot.failAll = null;
    await deliver();
    expect(texts()).toEqual(["1", "2"]);
  });

  it("keeps one customer's trouble from another", async () => {
    const other = makeTelegramCustomer();
    const { deliver, bot, api, shown } = await start({ customers: [other] });
    await deliver();
    const { conversationId } = await world.writeAs(other);
    bot.failNext("sendText", flood(60));
    await deliver();
    await api.reply({ conversationId, text: "For the other", clientId: "x" });
    await deliver();
    expect(shown(Number(other.externalId)).map((message) => message.text)).toEqual(["For the other"]);
  });

  it("gives up when the customer blocks the bot, and delivers after retryDelivery once they allow it", async () => {
    const customer = makeTelegramCustomer();
    const chat = { id: Number(customer.externalId), type: "private", title: "", isForum: false } as const;
    const blocked = { ...chat, forbidden: true };
    const { deliver, deliveriesOf, reply, texts, api } = await start({ chats: [blocked], customer });
    const { id } = await reply("1");
    await deliver();
    expect((await deliveriesOf(id))[1]).toMatchObject({
      leg: "telegram",
      state: "failed",
      reason: expect.stringMatching(/blocked/),
    });
    const next = await reply("2");
    await deliver();
    expect((await deliveriesOf(next.id))[1]).toMatchObject({ state: "failed" });
    blocked.forbidden = false;
    const { message } = await api.retryDelivery({ messageId: id });
    expect(message.deliveries[1]).toMatchObject({ leg: "telegram", state: "pending", reason: null });
    await deliver();
    expect(texts()).toEqual(["1"]);
    expect((await deliveriesOf(id))[1]).toMatchObject({ state: "delivered", reason: null });
  });

  it("retryDelivery of what was delivered sends nothing again, and of an unknown message is NOT_FOUND", async () => {
    const { deliver, reply, texts, api } = await start();
    const { id } = await reply("1");
    await deliver();
    await api.retryDelivery({ messageId: id });
    await deliver();
    expect(texts()).toEqual(["1"]);
    await expect(api.retryDelivery({ messageId: 999_999_999 })).rejects.toMatchObject(refusal("NOT_FOUND"));
  });

  it("fails what Telegram rejects in its own words, and goes on with the next", async () => {
    const { deliver, deliveriesOf, bot, reply, texts } = await start();
    await deliver();
    bot.failNext("sendText", new BotError("rejected", "Bad Request: something new"));
    const { id } = await reply("1");
    await deliver();
    const states = (await deliveriesOf(id)).map((one) => one.state);
    expect(states.filter((state) => state === "failed")).toHaveLength(1);
    await reply("2");
    await deliver();
    expect(texts()).toContain("2");
  });

  it("repeats at most the call under way after a crash, and calls nothing twice that was answered", async () => {
    const { deliver, bot, reply, texts } = await start();
    for (const text of ["1", "2"]) await reply(text);
    await deliver();
    const calls = bot.calls.length;
    await deliver();
    expect(bot.calls).toHaveLength(calls);
    expect(texts()).toEqual(["1", "2"]);
  });

  it("without a bot fails the Telegram deliveries with the reason, and pushes all the same", async () => {
    const { reply, deliveriesOf } = await start();
    const { id } = await reply("1");
    world.deps.telegram = null;
    await settleOutbox(world.deps);
    expect((await deliveriesOf(id)).map((one) => [one.leg, one.state, one.reason])).toEqual([
      ["group", "failed", "No bot is configured"],
      ["telegram", "failed", "No bot is configured"],
      ["push", "skipped", "No registered device"],
    ]);
  });
});
