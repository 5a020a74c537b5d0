import { DrizzleQueryError } from "drizzle-orm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { FakeBot } from "../testing/fake-bot.ts";
import { MemoryMedia } from "../testing/memory-media.ts";
import { waitFor } from "../testing/telegram-desk.ts";
import { TestLog } from "../testing/test-log.ts";
import { BotError, type BotUpdate } from "./bot.ts";
import { pollUpdates } from "./polling.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

function start() {
  const bot = new FakeBot({ chats: [], media: new MemoryMedia() });
  const log = new TestLog();
  const health = { running: false, reason: null };
  const stored: number[] = [];
  let refusals = 0;
  let refusal = new Error("The database is away");
  const store = async (updates: readonly BotUpdate[]) => {
    if (updates.length > 0 && refusals-- > 0) throw refusal;
    stored.push(...updates.map((update) => update.update_id));
  };
  const controller = new AbortController();
  const polling = pollUpdates({ bot, store, log, health }, controller.signal);
  return {
    bot,
    log,
    health,
    stored,
    refuse: (times: number, error = refusal) => {
      refusals = times;
      refusal = error;
    },
    polls: () => bot.calls.filter((call) => call.method === "getUpdates").map((call) => call.args[0]),
    async stop() {
      controller.abort();
      await polling;
      expect(vi.getTimerCount()).toBe(0);
    },
  };
}

it("pollUpdates confirms an update only by the call after it was stored", async () => {
  const { bot, stored, polls, stop } = start();
  bot.receive({ message: {} });
  bot.receive({ message: {} });
  await waitFor(() => polls().includes(3));
  expect(stored).toEqual([1, 2]);
  expect(polls()[0]).toBe(0);
  await stop();
});

it("pollUpdates asks for the same updates again when they could not be stored", async () => {
  const { bot, stored, polls, refuse, stop, health } = start();
  refuse(1);
  bot.receive({ message: {} });
  await waitFor(() => health.reason !== null);
  expect([stored, polls().at(-1)]).toEqual([[], 0]);
  await vi.advanceTimersByTimeAsync(1_000);
  await waitFor(() => polls().includes(2));
  expect(stored).toEqual([1]);
  await stop();
});

it("pollUpdates says why updates could not be kept, and not what was in them", async () => {
  const { bot, health, log, stop, refuse } = start();
  refuse(1, new DrizzleQueryError("insert into telegram_updates", ['{"text":"canary"}'], new Error("no room")));
  bot.receive({ message: {} });
  await waitFor(() => health.reason !== null);
  expect(health.reason).toContain("insert into telegram_updates");
  expect(JSON.stringify([health, log.lines])).not.toContain("canary");
  await stop();
});

it("pollUpdates says that it runs, and why it does not", async () => {
  const { bot, health, log, stop } = start();
  bot.failAll = new BotError("down", "Telegram could not be reached");
  bot.receive({ message: {} });
  await waitFor(() => health.reason !== null);
  expect(health).toEqual({ running: false, reason: "Telegram could not be reached" });
  bot.failAll = null;
  // As soon as Telegram answers, even without new updates.
  await vi.advanceTimersByTimeAsync(1_000);
  await waitFor(() => health.running);
  expect(health).toEqual({ running: true, reason: null });
  expect(log.lines).toHaveLength(1);
  await stop();
});

it("pollUpdates waits longer each time, up to eight seconds, or as long as Telegram says", async () => {
  const { bot, polls, stop } = start();
  bot.failAll = new BotError("down", "away");
  bot.receive({ message: {} });
  let before = 1;
  await waitFor(() => vi.getTimerCount() === 1);
  const after = async (ms: number) => {
    await vi.advanceTimersByTimeAsync(ms - 1);
    const early = polls().length;
    await vi.advanceTimersByTimeAsync(1);
    await waitFor(() => polls().length === early + 1 && vi.getTimerCount() === 1);
    const waited = early === before;
    before = early + 1;
    return waited;
  };
  before = polls().length;
  for (const seconds of [1, 2, 4, 8, 8, 8]) expect(await after(seconds * 1_000)).toBe(true);
  bot.failAll = new BotError("flood", "wait", { retryAfterMs: 7_000 });
  expect(await after(8_000)).toBe(true);
  expect(await after(7_000)).toBe(true);
  await stop();
});

it("pollUpdates stops at once, while it asks and while it waits", async () => {
  const asking = start();
  await waitFor(() => asking.polls().length > 0);
  await asking.stop();
  const waiting = start();
  waiting.bot.failAll = new BotError("down", "away");
  waiting.bot.receive({});
  await waitFor(() => vi.getTimerCount() === 1);
  await waiting.stop();
});
