import { broadcastSubscriptions, broadcasts, broadcastTargets } from "@pult/db/schema/notifications.ts";
import { conversations } from "@pult/db/schema/support.ts";
import { eq, isNotNull } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import type { Actor, Customer } from "../../actor.ts";
import type { DueItem } from "../../outbox/outbox.ts";
import { BotError } from "../../telegram/bot.ts";
import { callerOf, contextOf, keyWith, makeAgent, SYSTEM } from "../../testing/factories.ts";
import { intercept } from "../../testing/intercept.ts";
import { createTestDesk, waitFor } from "../../testing/telegram-desk.ts";
import { fromCustomer } from "../../testing/telegram-json.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { customerHandler } from "./customer-delivery.ts";
import { updateProgress } from "./progress.ts";
import type { Broadcast } from "./schema.ts";
import { sendOnce } from "./sending.ts";

const ADMIN = keyWith("notifications:write");
const TO_ALL = { recipients: { customers: true } } as const;
const STOP = "\n\n/stop to unsubscribe";
const STOP_RU = "\n\n/stop — отписаться от рассылки";
const FIRST_ID = 7_000_001;
const CALLS_AT_ONCE = 48;

const customer = (at: number, languageCode: string | null = "en"): Customer => ({
  kind: "customer",
  namespace: "telegram",
  externalId: String(FIRST_ID + at),
  name: `Customer ${at}`,
  username: null,
  languageCode,
});

describeOnBothDatabases("Broadcasts to customers", {}, (world) => {
  const api = (actor: Actor = ADMIN) => callerOf(world.deps, actor).notifications;

  /** Customers who subscribed, and the desk that reaches them. */
  async function openDesk(languages: readonly (string | null)[], blockedBy: readonly number[] = []) {
    const customers = languages.map((language, at) => customer(at, language));
    const rest = { type: "private", title: "", isForum: false, forbidden: true } as const;
    const chats = blockedBy.map((at) => ({ id: FIRST_ID + at, ...rest }));
    const desk = createTestDesk(world.deps, { customers, chats });
    if (customers.length > 0)
      await world.deps.db.insert(broadcastSubscriptions).values(
        customers.map(({ externalId, languageCode }, at) => ({
          chatId: Number(externalId),
          languageCode,
          source: "command",
          subscribedAt: new Date(Date.UTC(2026, 0, 1, 0, 0, at)),
          messageId: 0,
        })),
      );
    const write = (at: number, text: string) =>
      desk.receive({ message: fromCustomer(customer(at, languages[at]), { text }) });
    return { ...desk, write, texts: () => desk.bot.messages.map(({ text }) => text) };
  }

  const counts = async ({ id }: Broadcast) => {
    await updateProgress(contextOf(world.deps, SYSTEM));
    const { counts: all } = await api().broadcasts.get({ id });
    return Object.fromEntries(Object.entries(all).filter(([, count]) => count > 0));
  };
  const fail = () => {
    throw new Error("no such row");
  };
  const lost = () => new BotError("down", "sendMessage: Telegram did not answer in time", { mayHaveArrived: true });

  it("go to customers who agreed, each with how to unsubscribe in their language", async () => {
    const desk = await openDesk(["en", "ru", null]);
    await world.deps.db
      .update(broadcastSubscriptions)
      .set({ endedAt: world.deps.now() })
      .where(eq(broadcastSubscriptions.chatId, FIRST_ID + 2));
    const sent = await api().broadcast({ text: "News", ...TO_ALL });
    expect(sent).toMatchObject({ recipients: "customers", targets: [], counts: { pending: 2 } });
    await desk.deliver();
    expect(await counts(sent)).toEqual({ sent: 2 });
    expect(desk.texts().toSorted()).toEqual([`News${STOP_RU}`, `News${STOP}`].toSorted());
    const russian = await api().broadcast({ text: "Новости", recipients: { customers: true, languageCode: "ru" } });
    await desk.deliver();
    expect(await counts(russian)).toEqual({ sent: 1 });
    expect((await api().broadcasts.subscribers()).total).toBe(2);
  });

  it("are agreed to by a command or a link, and ended by another; neither is a message to support", async () => {
    const desk = createTestDesk(world.deps, { customers: [customer(0, "ru-RU"), customer(1)] });
    const receive = (at: number, text: string, language = "en") =>
      desk.receive({ message: fromCustomer(customer(at, language), { text }) });
    await receive(0, "/subscribe@fake_pult_bot", "ru-RU");
    await receive(1, "/start news");
    await desk.deliver();
    const { total, languages, link } = await api().broadcasts.subscribers();
    expect([total, languages]).toEqual([
      2,
      [
        { languageCode: "en", count: 1 },
        { languageCode: "ru", count: 1 },
      ],
    ]);
    expect(link).toBe("https://t.me/fake_pult_bot?start=news");
    await receive(0, "/stop", "ru-RU");
    await receive(1, "/stop please");
    await desk.deliver();
    expect((await api().broadcasts.subscribers()).total).toBe(0);
    const subscriptionOf = (chatId: number) => api().broadcasts.subscription({ chatId });
    const at = world.deps.now().toISOString();
    expect(await subscriptionOf(FIRST_ID)).toEqual({
      subscription: { subscribedAt: at, endedAt: at, endReason: "stop" },
    });
    expect(await subscriptionOf(FIRST_ID + 9)).toEqual({ subscription: null });
    expect(desk.shown(FIRST_ID).map(({ text }) => text)).toEqual([
      "Вы подписались на новости Pult. Отписаться можно в любой момент: /stop",
      expect.stringContaining("Вы отписались"),
    ]);
    expect(desk.shown(FIRST_ID + 1).map(({ text }) => text)).toEqual([
      "You are subscribed to news from Pult. Send /stop at any time to unsubscribe.",
      expect.stringContaining("You are unsubscribed"),
    ]);
    expect(await world.deps.db.$count(conversations)).toBe(0);
  });

  it("answer a command once, however often its update is worked off", async () => {
    const desk = createTestDesk(world.deps, { customers: [customer(0)] });
    const message = fromCustomer(customer(0), { text: "/subscribe" });
    await desk.receive({ message }, { message });
    const stop = fromCustomer(customer(0), { text: "/stop" });
    await desk.receive({ message: stop }, { message: stop });
    await desk.deliver();
    expect(desk.shown(FIRST_ID)).toHaveLength(2);
  });

  it("stop at once for a customer who sends /stop, and for one who has blocked the bot", async () => {
    const desk = await openDesk(["en", "en", "en"], [2]);
    const sent = await api().broadcast({ text: "News", ...TO_ALL });
    await desk.write(1, "/stop");
    await desk.deliver();
    expect(await counts(sent)).toEqual({ failed: 1, sent: 1, skipped: 1 });
    const { targets } = await api().broadcasts.targets({ id: sent.id, state: "skipped" });
    expect(targets).toMatchObject([{ chatId: FIRST_ID + 1, reason: "Unsubscribed", problem: "unsubscribed" }]);
    const rows = await world.deps.db.select().from(broadcastSubscriptions);
    expect(rows.map(({ endReason }) => endReason ?? "").toSorted()).toEqual(["", "blocked", "stop"]);
  });

  it("pause, go on and are given up, more of them than calls at once", async () => {
    const desk = await openDesk(Array.from({ length: 120 }, () => "en"));
    const paused = await api().broadcast({ text: "paused", ...TO_ALL });
    await api().broadcasts.pause({ id: paused.id });
    await desk.deliver();
    expect(desk.bot.messages).toEqual([]);
    await api().broadcasts.resume({ id: paused.id });
    await desk.deliver();
    expect(await counts(paused)).toEqual({ sent: 120 });
    expect(new Set(desk.bot.messages.map(({ chatId }) => chatId)).size).toBe(120);
    const startsAt = new Date(world.deps.now().getTime() + 60_000).toISOString();
    const later = await api().broadcast({ text: "later", ...TO_ALL, startsAt });
    expect((await api().broadcasts.cancel({ id: later.id })).counts).toMatchObject({ cancelled: 120, pending: 0 });
    world.deps.clock.advance(60_000);
    await desk.deliver();
    expect(desk.bot.messages).toHaveLength(120);
    await expect(api().broadcasts.resume({ id: later.id })).rejects.toThrow("has ended");
  });

  it("are never sent twice: a lost answer and a call that a crash cut off are unknown, and stay so", async () => {
    const desk = await openDesk(["en", "en", "en"]);
    const sent = await api().broadcast({ text: "News", ...TO_ALL });
    // As a process leaves it that is killed during the call.
    const [first] = await world.deps.db.select().from(broadcastTargets).orderBy(broadcastTargets.id);
    await world.deps.db
      .update(broadcastTargets)
      .set({ calledAt: world.deps.now() })
      .where(eq(broadcastTargets.id, first?.id ?? 0));
    desk.bot.failNext("sendText", lost());
    await desk.deliver();
    expect(await counts(sent)).toEqual({ sent: 1, unknown: 2 });
    await expect(api().broadcasts.retry({ id: sent.id })).rejects.toThrow("can be tried again");
    expect(desk.bot.messages).toHaveLength(1);
  });

  it("wait as long as Telegram asks, all of them, also after a restart; replies go on", async () => {
    const desk = await openDesk(["en", "en"]);
    await desk.write(0, "A question");
    await desk.deliver();
    const before = desk.bot.messages.length;
    desk.bot.failNext("sendText", new BotError("flood", "Too Many Requests: retry after 40", { retryAfterMs: 40_000 }));
    desk.bot.failNext("sendText", new BotError("flood", "Too Many Requests: retry after 40", { retryAfterMs: 40_000 }));
    const sent = await api().broadcast({ text: "News", ...TO_ALL });
    await desk.deliver();
    const [row] = await world.deps.db.select().from(conversations);
    await callerOf(world.deps, keyWith("support:write")).support.reply({
      conversationId: row?.id ?? 0,
      text: "An answer",
      clientId: "a",
    });
    world.deps.clock.advance(39_999);
    await desk.deliver();
    expect(await counts(sent)).toEqual({ pending: 2 });
    expect(desk.texts().slice(before)).toContain("An answer");
    expect(desk.texts().filter((text) => text.startsWith("News"))).toEqual([]);
    world.deps.clock.advance(1);
    await desk.deliver();
    expect(await counts(sent)).toEqual({ sent: 2 });
  });

  it("pause when Telegram fails for everyone, and tell the agent who sent them, as of failures at the end", async () => {
    const desk = await openDesk(Array.from({ length: 120 }, () => "en"));
    const agent = await makeAgent(world.deps, { role: "Admin" });
    const unread = async () => (await api(agent).inbox.list({ state: "unread" })).notices.map(({ title }) => title);
    const begun = Promise.withResolvers<void>();
    let calls = 0;
    const sending = vi.spyOn(desk.bot, "sendText").mockImplementation(async () => {
      if (++calls === CALLS_AT_ONCE) begun.resolve();
      await begun.promise;
      throw lost();
    });
    const sent = await api(agent).broadcast({ text: "News", ...TO_ALL });
    await desk.deliver();
    sending.mockRestore();
    const { state, pauseReason } = await api().broadcasts.get({ id: sent.id });
    expect([state, pauseReason]).toEqual(["paused", lost().message]);
    expect(await counts(sent)).toEqual({ unknown: CALLS_AT_ONCE, pending: 120 - CALLS_AT_ONCE });
    expect(await unread()).toEqual(["Broadcast paused by itself"]);
    await api(agent).broadcasts.resume({ id: sent.id });
    expect(await unread()).toEqual([]);
    await desk.deliver();
    expect(await counts(sent)).toEqual({ unknown: CALLS_AT_ONCE, sent: 120 - CALLS_AT_ONCE });
    expect((await api(agent).inbox.list({ state: "unread" })).notices).toMatchObject([
      { kind: "notifications.broadcast", body: "News: 72 sent, 0 not sent, 48 unknown" },
    ]);
  });

  it("begin no call from the tenth failure on, however long it takes to store the pause", async () => {
    await openDesk(Array.from({ length: 11 }, () => "en"));
    const { id } = await api().broadcast({ text: "News", ...TO_ALL });
    const targets = await world.deps.db.select().from(broadcastTargets).orderBy(broadcastTargets.id);
    const [broadcast] = await world.deps.db.select().from(broadcasts);
    const storing = Promise.withResolvers<void>();
    const db = intercept(world.deps.db, "transaction", (run) => storing.promise.then(run));
    let calls = 0;
    const send = async () => {
      calls += 1;
      return { state: "unknown", reason: "Telegram did not answer in time" } as const;
    };
    const begin = (at: number) =>
      sendOnce({ ...world.deps, db }, { target: targets[at] ?? fail(), broadcast: broadcast ?? fail() }, send);
    const failed = Array.from({ length: 10 }, (_, at) => begin(at));
    await waitFor(() => calls === 10);
    const late = begin(10);
    const isCalled = () => world.deps.db.$count(broadcastTargets, isNotNull(broadcastTargets.calledAt));
    await waitFor(async () => (await isCalled()) === 11);
    storing.resolve();
    expect(await late).toEqual({ state: "again" });
    await Promise.all(failed);
    expect([calls, await isCalled()]).toEqual([10, 10]);
    expect((await api().broadcasts.get({ id })).state).toBe("paused");
  });

  it("try again what failed, unless the customer has unsubscribed since", async () => {
    const desk = await openDesk(["en", "en", "en"]);
    const refused = () => new BotError("rejected", "Bad Request: message is too odd");
    for (let at = 0; at < 3; at++) desk.bot.failNext("sendText", refused());
    const sent = await api().broadcast({ text: "News", ...TO_ALL });
    await desk.deliver();
    expect(await counts(sent)).toEqual({ failed: 3 });
    await desk.write(2, "/stop");
    await api().broadcasts.retry({ id: sent.id });
    await desk.deliver();
    expect(await counts(sent)).toEqual({ sent: 2, failed: 1 });
  });

  it("list their recipients in pages, and tell staff counts instead of rows", async () => {
    const desk = await openDesk(["en", "en", "en"]);
    const { id } = await api().broadcast({ text: "News", ...TO_ALL });
    await desk.deliver();
    const first = await api().broadcasts.targets({ id, limit: 2 });
    const second = await api().broadcasts.targets({ id, limit: 2, before: first.nextBefore ?? 0 });
    expect([...first.targets, ...second.targets].map(({ chatId }) => chatId)).toEqual(
      [2, 1, 0].map((at) => FIRST_ID + at),
    );
    expect(second.nextBefore).toBeNull();
    await updateProgress(contextOf(world.deps, SYSTEM));
    const { broadcasts } = await api().broadcasts.list({});
    expect(broadcasts).toMatchObject([{ id, targets: [], counts: { sent: 3, pending: 0 } }]);
  });

  it("tell the agent who sent one how it went", async () => {
    const desk = await openDesk(["en", "en"]);
    const agent = callerOf(world.deps, await world.makeAgent({ role: "Admin" })).notifications;
    await agent.broadcast({ text: "News", ...TO_ALL });
    await desk.deliver();
    for (const _ of [1, 2]) await updateProgress(contextOf(world.deps, SYSTEM));
    expect((await agent.inbox.list({})).notices).toMatchObject([
      { kind: "notifications.broadcast", title: "Broadcast finished", body: "News: 2 sent, 0 not sent", count: 1 },
    ]);
  });

  it("keep their counts when their recipients are too old to be kept", async () => {
    const desk = await openDesk(["en", "en"]);
    const ended = await api().broadcast({ text: "News", ...TO_ALL });
    await desk.deliver();
    expect(await counts(ended)).toEqual({ sent: 2 });
    world.deps.clock.advance(91 * 86_400_000);
    const open = await api().broadcast({ text: "Later", ...TO_ALL });
    await callerOf(world.deps, SYSTEM).auth.retention.run({});
    expect((await api().broadcasts.targets({ id: ended.id })).targets).toEqual([]);
    expect(await api().broadcasts.get({ id: ended.id })).toMatchObject({ counts: { sent: 2, pending: 0 } });
    expect((await api().broadcasts.targets({ id: open.id })).targets).toHaveLength(2);
  });

  describe("that are paid for", () => {
    const paid = (maxStars: number) => ({ text: "News", ...TO_ALL, paid: true, maxStars });

    it("ask Telegram for it, and are refused above the price that was agreed to", async () => {
      const desk = await openDesk(Array.from({ length: 11 }, () => "en"));
      expect(await api().broadcasts.estimate({ ...TO_ALL, paid: true })).toMatchObject({
        messages: 11,
        pins: 0,
        stars: 2,
      });
      await expect(api().broadcast(paid(1))).rejects.toThrow("may cost more");
      expect((await api().broadcasts.list({})).broadcasts).toEqual([]);
      await api().broadcast(paid(2));
      await desk.deliver();
      const calls = desk.bot.calls.filter(({ method }) => method === "sendText");
      expect(calls.map(({ args: [message] }) => (message as { paid?: true }).paid)).toEqual(
        Array.from({ length: 11 }, () => true),
      );
    });

    it("pause with Telegram's reason when it may not charge, and go on at the free speed when told to", async () => {
      const desk = await openDesk(["en", "en"]);
      desk.bot.failAll = new BotError("unpaid", "Bad Request: BALANCE_TOO_LOW");
      const sent = await api().broadcast(paid(1));
      await desk.deliver();
      desk.bot.failAll = null;
      expect(await api().broadcasts.get({ id: sent.id })).toMatchObject({
        state: "paused",
        pauseReason: "Bad Request: BALANCE_TOO_LOW",
        counts: { pending: 2 },
      });
      await api().broadcasts.resume({ id: sent.id, paid: false });
      await desk.deliver();
      expect(desk.bot.calls.slice(-2).map(({ args: [message] }) => (message as { paid?: true }).paid)).toEqual([
        undefined,
        undefined,
      ]);
      expect(await api().broadcasts.get({ id: sent.id })).toMatchObject({
        state: "active",
        paid: false,
        pauseReason: null,
      });
      expect(await counts(sent)).toEqual({ sent: 2 });
      expect(desk.bot.calls.at(-1)?.args).toEqual([{ chatId: expect.any(Number), text: `News${STOP}` }]);
    });

    it("go on at the free pace, also what was claimed or read at the paid one", async () => {
      const desk = await openDesk(Array.from({ length: 60 }, () => "en"));
      const { id } = await api().broadcast(paid(6));
      const [target] = await world.deps.db.select().from(broadcastTargets).orderBy(broadcastTargets.id);
      const [broadcast] = await world.deps.db.select().from(broadcasts);
      await api().broadcasts.pause({ id });
      await api().broadcasts.resume({ id, paid: false });
      const claimed = { targetId: target?.id ?? 0, broadcastId: id, paid: true };
      expect(await customerHandler.deliver(world.deps, { payload: claimed, attempts: 0 } as DueItem<never>)).toEqual({
        state: "again",
        payload: { ...claimed, paid: false },
      });
      const read = { target: target ?? fail(), broadcast: broadcast ?? fail() };
      expect(await sendOnce(world.deps, read, fail)).toEqual({ state: "again" });
      await desk.deliver();
      expect(desk.bot.calls.map(({ args: [message] }) => "paid" in (message as object))).toEqual(Array(60).fill(false));
    });
  });

  describe("are refused", () => {
    it.each<[why: string, input: object, message: string]>([
      ["for no customers", TO_ALL, "no customer has subscribed"],
      ["with 20,000 characters", { ...TO_ALL, text: "x".repeat(20_000) }, "Too big"],
      ["when the line at the end does not fit", { ...TO_ALL, text: "x".repeat(4_090) }, "too long with the line"],
      ["for topics as well", { ...TO_ALL, threadIds: [1] }, "must be absent"],
      ["paid without a price", { ...TO_ALL, paid: true }, "how many Stars"],
      ["paid into topics", { paid: true, maxStars: 1, threadIds: [1] }, "is for customers"],
    ])("%s", async (_why, input, message) => {
      await openDesk([]);
      await expect(api().broadcast({ text: "x", ...input })).rejects.toThrow(message);
      expect((await api().broadcasts.list({})).broadcasts).toEqual([]);
    });

    it("from a Moderator", async () => {
      await openDesk(["en"]);
      const moderator = api(await makeAgent(world.deps, { role: "Moderator" }));
      await expect(moderator.broadcast({ text: "x", ...TO_ALL })).rejects.toMatchObject({
        cause: { code: "FORBIDDEN" },
      });
      await expect(moderator.broadcasts.estimate(TO_ALL)).rejects.toMatchObject({ cause: { code: "FORBIDDEN" } });
    });
  });
});
