import { broadcastTargets } from "@pult/db/schema/notifications.ts";
import { describe, expect, it, vi } from "vitest";
import type { Actor } from "../../actor.ts";
import { selectPauses } from "../../outbox/rows.ts";
import { BotError } from "../../telegram/bot.ts";
import { TELEGRAM_LIMITS } from "../../telegram/telegram.ts";
import { callerOf, contextOf, keyWith, makeAgent, makeTelegramCustomer } from "../../testing/factories.ts";
import { createTestDesk, GROUP_ID, startTestOutbox, waitFor } from "../../testing/telegram-desk.ts";
import { fromCustomer, inGroup } from "../../testing/telegram-json.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import type { Broadcast } from "./schema.ts";
import { sendBroadcast } from "./send.ts";

const GROUP = { type: "supergroup", title: "Support" } as const;
const LIVE_CHAT = { chatId: GROUP_ID, threadId: null };
const ADMIN = keyWith("notifications:write");

describeOnBothDatabases("Broadcasts", { config: { liveChat: LIVE_CHAT } }, (world) => {
  const api = (actor: Actor = ADMIN) => callerOf(world.deps, actor).notifications;
  const openDesk = () => createTestDesk(world.deps);
  const states = async ({ id }: Broadcast) =>
    (await api().broadcasts.get({ id })).targets.map(({ state, reason }) => (reason ? `${state}: ${reason}` : state));
  const topicsOf = async ({ bot }: ReturnType<typeof openDesk>, count: number) => {
    const made = [];
    for (let at = 0; at < count; at++) made.push((await bot.createTopic(GROUP_ID, `Topic ${at}`)).threadId);
    return made;
  };

  it("sends into each topic, pins there, and unpins what was pinned before where that is asked for", async () => {
    const desk = openDesk();
    const threadIds = await topicsOf(desk, 2);
    const first = await api().broadcast({ text: "one", threadIds });
    await desk.deliver();
    expect(await states(first)).toEqual(["pinned", "pinned"]);
    const second = await api().broadcast({ text: "two", threadIds: [Number(threadIds[0])], unpinPrevious: true });
    await desk.deliver();
    expect(await states(second)).toEqual(["pinned"]);
    const shown = desk.bot.messages.map(({ threadId, text, pinned }) => ({ threadId, text, pinned }));
    expect(shown).toHaveLength(3);
    expect(shown).toEqual(
      expect.arrayContaining([
        { threadId: threadIds[0], text: "one", pinned: false },
        { threadId: threadIds[1], text: "one", pinned: true },
        { threadId: threadIds[0], text: "two", pinned: true },
      ]),
    );
  });

  it("tells per topic what Telegram refuses, and sends to the others", async () => {
    const desk = openDesk();
    const [threadId = 0] = await topicsOf(desk, 1);
    const sent = await api().broadcast({ text: "x", threadIds: [999, threadId] });
    await desk.deliver();
    expect(await states(sent)).toEqual(["failed: Bad Request: message thread not found", "pinned"]);
    desk.bot.failNext("pinMessage", new BotError("forbidden", "Bad Request: not enough rights to pin a message"));
    const unpinned = await api().broadcast({ text: "y", threadIds: [threadId] });
    await desk.deliver();
    expect(await states(unpinned)).toEqual(["sent: Bad Request: not enough rights to pin a message"]);
  });

  it("suggests no topic that turned out as deleted, and tells topics that are turned off from deleted ones", async () => {
    const desk = openDesk();
    const [threadId = 0] = await topicsOf(desk, 1);
    await api().broadcasts.nameTopic({ threadId, name: "News" });
    await api().broadcasts.nameTopic({ threadId: 999, name: "Deleted" });
    const closed = async () => (await api().broadcasts.topics()).map(({ name, isClosed }) => [name, isClosed]);
    const send = async () => {
      const { id } = await api().broadcast({ text: "x", threadIds: [999, threadId] });
      await desk.deliver();
      return (await api().broadcasts.get({ id })).targets.map(({ state, problem }) => problem ?? state);
    };
    const off = vi.spyOn(desk.bot, "getChat").mockImplementation(async (id) => ({ ...GROUP, id, isForum: false }));
    expect(await send()).toEqual(["topicsOff", "pinned"]);
    expect(await closed()).toEqual([
      ["Deleted", false],
      ["News", false],
    ]);
    off.mockRestore();
    await desk.receive({ message: inGroup({ message_thread_id: threadId, forum_topic_closed: {} }) });
    expect(await send()).toEqual(["topicDeleted", "pinned"]);
    expect(await closed()).toEqual([
      ["Deleted", true],
      ["News", false],
    ]);
  });

  it("never sends twice what may have arrived, and sends again what has not", async () => {
    const desk = openDesk();
    desk.bot.failNext("sendText", new BotError("down", "sendMessage: no answer in time", { mayHaveArrived: true }));
    const lost = await api().broadcast({ text: "lost" });
    await desk.deliver();
    world.deps.clock.advance(60_000);
    await desk.deliver();
    expect(await states(lost)).toEqual(["unknown: sendMessage: no answer in time"]);
    desk.bot.failNext("sendText", new BotError("down", "sendMessage: ECONNREFUSED"));
    const refused = await api().broadcast({ text: "later" });
    await desk.deliver();
    expect(await states(refused)).toEqual(["pending: sendMessage: ECONNREFUSED"]);
    world.deps.clock.advance(60_000);
    await desk.deliver();
    expect(await states(refused)).toEqual(["pinned"]);
    expect(desk.bot.messages.map(({ text }) => text)).toEqual(["later"]);
  });

  it("waits as long as Telegram asks, or fails when the caller waits for it", async () => {
    const desk = openDesk();
    const flood = () => new BotError("flood", "Too Many Requests: retry after 40", { retryAfterMs: 40_000 });
    desk.bot.failNext("sendText", flood());
    const patient = await api().broadcast({ text: "patient" });
    await desk.deliver();
    world.deps.clock.advance(39_999);
    await desk.deliver();
    expect(await states(patient)).toEqual(["pending: Too Many Requests: retry after 40"]);
    world.deps.clock.advance(1);
    await desk.deliver();
    expect(await states(patient)).toEqual(["pinned"]);
    desk.bot.failNext("sendText", flood());
    const awaited = await sendBroadcast(
      contextOf(world.deps, ADMIN),
      { text: "awaited", pin: true, unpinPrevious: false, paid: false },
      { isAwaited: true },
    );
    await desk.deliver();
    expect(await states(awaited)).toEqual(["failed: Too Many Requests: retry after 40"]);
    const until = new Date(world.deps.now().getTime() + 40_000);
    expect(await selectPauses(world.deps.db, world.deps.now())).toMatchObject([{ until }]);
  });

  it("waits for its time, pauses, goes on, and gives up the rest when it is cancelled", async () => {
    const desk = openDesk();
    const threadIds = await topicsOf(desk, 2);
    const startsAt = new Date(world.deps.now().getTime() + 3_600_000).toISOString();
    const later = await api().broadcast({ text: "later", threadIds, startsAt });
    const { id } = later;
    await desk.deliver();
    expect(await states(later)).toEqual(["pending", "pending"]);
    expect((await api().broadcasts.pause({ id })).state).toBe("paused");
    world.deps.clock.advance(3_600_000);
    await desk.deliver();
    expect(await states(later)).toEqual(["pending", "pending"]);
    expect(desk.bot.messages).toEqual([]);
    await api().broadcasts.resume({ id });
    await api().broadcasts.resume({ id });
    await desk.deliver();
    expect(await states(later)).toEqual(["pinned", "pinned"]);
    expect(desk.bot.messages).toHaveLength(2);
    for (const action of ["bot.broadcastPaused", "bot.broadcastResumed"])
      expect(await world.listAudit(action)).toMatchObject([{ targetId: id }]);
    await expect(api().broadcasts.cancel({ id })).rejects.toThrow("has ended");
    const given = await api().broadcast({ text: "given up", threadIds, startsAt: "2030-01-01T00:00:00Z" });
    expect((await api().broadcasts.cancel({ id: given.id })).targets.map(({ state }) => state)).toEqual([
      "cancelled",
      "cancelled",
    ]);
    await expect(api().broadcasts.resume({ id: given.id })).rejects.toThrow("has ended");
    world.deps.clock.set("2030-01-02T00:00:00.000Z");
    await desk.deliver();
    expect(desk.bot.messages).toHaveLength(2);
  });

  it("goes to what the group has become", async () => {
    const desk = openDesk();
    desk.bot.migrate(GROUP_ID, -1002);
    const moved = await api().broadcast({ text: "moved" });
    await desk.deliver();
    expect(await states(moved)).toEqual(["pinned"]);
    const next = await api().broadcast({ text: "next", pin: false });
    expect(next.targets).toMatchObject([{ chatId: -1002 }]);
    await desk.deliver();
    expect(await states(next)).toEqual(["sent"]);
  });

  it("says what a refusal means, and tries again what failed and what could not be pinned", async () => {
    const desk = openDesk();
    const [open = 0, closed = 0] = await topicsOf(desk, 2);
    const setClosed = (isClosed: boolean) =>
      Object.assign(desk.bot.topics.find(({ threadId }) => threadId === closed) ?? {}, { isClosed });
    setClosed(true);
    const sent = await api().broadcast({ text: "x", threadIds: [closed, 999] });
    await desk.deliver();
    const problems = async () => (await api().broadcasts.get({ id: sent.id })).targets.map(({ problem }) => problem);
    expect(await problems()).toEqual(["topicClosed", "topicDeleted"]);
    setClosed(false);
    await api().broadcasts.retry({ id: sent.id, pin: false });
    await desk.deliver();
    expect(await states(sent)).toEqual(["sent", "failed: Bad Request: message thread not found"]);
    desk.bot.failNext(
      "pinMessage",
      new BotError("forbidden", "Bad Request: not enough rights to manage pinned messages"),
    );
    const unpinned = await api().broadcast({ text: "y", threadIds: [open] });
    await desk.deliver();
    expect((await api().broadcasts.get({ id: unpinned.id })).targets).toMatchObject([
      { state: "sent", problem: "mayNotPin" },
    ]);
    await api().broadcasts.retry({ id: unpinned.id });
    await desk.deliver();
    expect(await states(unpinned)).toEqual(["pinned"]);
    expect(desk.bot.messages.filter(({ text }) => text === "y")).toHaveLength(1);
  });

  it("keeps what was sent as it is when unpinning it has to wait, and forgets pins that are gone", async () => {
    const desk = openDesk();
    const first = await api().broadcast({ text: "one" });
    await desk.deliver();
    desk.bot.failNext(
      "unpinMessage",
      new BotError("flood", "Too Many Requests: retry after 5", { retryAfterMs: 5_000 }),
    );
    const second = await api().broadcast({ text: "two", unpinPrevious: true });
    await desk.deliver();
    world.deps.clock.advance(5_000);
    await desk.deliver();
    expect([await states(first), await states(second)]).toEqual([["sent"], ["pinned"]]);
    await expect(api().broadcasts.retry({ id: first.id })).rejects.toThrow("can be tried again");
    desk.bot.failNext("unpinMessage", new BotError("rejected", "Bad Request: message to unpin not found"));
    await api().broadcast({ text: "three", unpinPrevious: true });
    await desk.deliver();
    expect(await states(second)).toEqual(["sent"]);
  });

  it("tells the agent who sent it once every topic has its result, where one has failed", async () => {
    const desk = openDesk();
    const [threadId = 0] = await topicsOf(desk, 1);
    const agent = await makeAgent(world.deps, { role: "Admin" });
    const unread = async () => (await api(agent).inbox.list({ state: "unread" })).notices.map(({ body }) => body);
    await api(agent).broadcast({ text: "fine", threadIds: [threadId] });
    const sent = await api(agent).broadcast({ text: "x", threadIds: [999, threadId] });
    await desk.deliver();
    expect(await unread()).toEqual(["x: 1 sent, 1 not sent"]);
    await api(agent).broadcasts.retry({ id: sent.id });
    expect(await unread()).toEqual([]);
  });

  it("does not send again what was under way when the process ended", async () => {
    const desk = openDesk();
    const sent = await api().broadcast({ text: "once" });
    await world.deps.db.update(broadcastTargets).set({ calledAt: world.deps.now() });
    await desk.deliver();
    expect(await states(sent)).toEqual(["unknown: The server stopped during the call"]);
    expect(desk.bot.messages).toEqual([]);
  });

  it("knows the names of topics from Telegram and from agents, and none of customers' topics", async () => {
    const desk = openDesk();
    const customer = makeTelegramCustomer({ name: "Secret" });
    await desk.receive({ message: fromCustomer(customer, { text: "Hello" }) });
    await desk.deliver();
    const [{ threadId: theirs } = { threadId: 0 }] = desk.bot.topics;
    const say = (threadId: number, content: object) =>
      desk.receive({ message: inGroup({ message_thread_id: threadId, ...content }) });
    const begun = (name: string) => ({
      reply_to_message: { message_id: 1, chat: { id: GROUP_ID }, forum_topic_created: { name } },
    });
    await say(5, { forum_topic_created: { name: "News" } });
    await say(6, { text: "Hi", ...begun("Old name") });
    await say(6, { forum_topic_edited: { name: "Support" } });
    await say(6, { text: "Hi", ...begun("Old name") });
    await say(6, { forum_topic_closed: {} });
    await say(theirs, { text: "Hi", ...begun("Secret") });
    await api().broadcasts.nameTopic({ threadId: 7, name: "Partners" });
    expect(await api().broadcasts.topics()).toEqual([
      { threadId: 5, name: "News", isClosed: false },
      { threadId: 7, name: "Partners", isClosed: false },
      { threadId: 6, name: "Support", isClosed: true },
    ]);
  });

  it("are estimated by the limits that their calls wait for", async () => {
    const desk = openDesk();
    const threadIds = await topicsOf(desk, 3);
    expect(await api().broadcasts.estimate({ threadIds })).toMatchObject({ calls: 6, seconds: null, stars: 0 });
    await api().broadcast({ text: "pinned", threadIds });
    await desk.deliver();
    desk.telegram.limits = TELEGRAM_LIMITS;
    const wanted = { threadIds, unpinPrevious: true };
    expect(await api().broadcasts.estimate(wanted)).toEqual({
      ...{ messages: 3, pins: 3, unpins: 3, calls: 9, seconds: 0, stars: 0, maxTextLength: 4_096 },
      budget: { perMinute: 20, left: null },
    });
    const many = Array.from({ length: 21 }, (_, at) => at + 1);
    expect(await api().broadcasts.estimate({ threadIds: many })).toMatchObject({ calls: 42, seconds: 120 });
  });

  it("tell how much of the minute is left while this process speaks to Telegram", async () => {
    const desk = openDesk();
    desk.telegram.limits = TELEGRAM_LIMITS;
    const threadIds = await topicsOf(desk, 3);
    const worker = startTestOutbox(world.deps);
    const left = async () => (await api().broadcasts.estimate({ threadIds })).budget.left;
    await api().broadcast({ text: "x", threadIds });
    await waitFor(async () => (await left()) === 14);
    expect(await api().broadcasts.estimate({ threadIds: Array.from({ length: 8 }, (_, at) => at + 1) })).toMatchObject({
      calls: 16,
      seconds: 60,
    });
    await worker.stop();
  });

  it("has one effect for one client id", async () => {
    const desk = openDesk();
    const input = { text: "once", clientId: "c-1" };
    const [first, again] = [await api().broadcast(input), await api().broadcast(input)];
    expect(again.id).toBe(first.id);
    await expect(api().broadcast({ ...input, text: "other" })).rejects.toThrow("used for another");
    await desk.deliver();
    expect(desk.bot.messages).toHaveLength(1);
    const { broadcasts, nextBefore } = await api().broadcasts.list({ limit: 1 });
    expect([broadcasts.map(({ id }) => id), nextBefore]).toEqual([[first.id], null]);
  });

  describe("are sent by", () => {
    it.each<[who: string, actor: () => Promise<Actor>, allowed: boolean]>([
      ["an Admin", () => makeAgent(world.deps, { role: "Admin" }), true],
      ["a Moderator", () => makeAgent(world.deps, { role: "Moderator" }), false],
      ["a key with the scope", async () => ADMIN, true],
      ["a key without", async () => keyWith("notifications:read"), false],
      ["a customer", async () => makeTelegramCustomer(), false],
    ])("%s", async (_who, actor, allowed) => {
      const desk = openDesk();
      const sending = api(await actor()).broadcast({ text: "x" });
      if (allowed) expect(await sending).toMatchObject({ state: "active", targets: [{ state: "pending" }] });
      else await expect(sending).rejects.toMatchObject({ cause: { code: "FORBIDDEN" } });
      await desk.deliver();
      expect(desk.bot.messages).toHaveLength(allowed ? 1 : 0);
    });
  });
});

describeOnBothDatabases("Broadcasts without a bot or a group", (world) => {
  it("are refused", async () => {
    await expect(callerOf(world.deps, ADMIN).notifications.broadcast({ text: "x" })).rejects.toThrow("No bot");
    createTestDesk(world.deps);
    await expect(callerOf(world.deps, ADMIN).notifications.broadcast({ text: "x" })).rejects.toThrow(
      "TELEGRAM_CHAT_ID",
    );
  });
});
