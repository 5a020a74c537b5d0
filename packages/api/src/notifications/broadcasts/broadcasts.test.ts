import { describe, expect, it } from "vitest";
import type { Actor } from "../../actor.ts";
import { BotError } from "../../telegram/bot.ts";
import { callerOf, contextOf, keyWith, makeAgent, makeTelegramCustomer } from "../../testing/factories.ts";
import { createTestDesk, GROUP_ID } from "../../testing/telegram-desk.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import type { Broadcast } from "../schema.ts";
import { sendBroadcast } from "./broadcasts.ts";

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
      { text: "awaited", pin: true, unpinPrevious: false },
      { isAwaited: true },
    );
    await desk.deliver();
    expect(await states(awaited)).toEqual(["failed: Too Many Requests: retry after 40"]);
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
