import { sql } from "drizzle-orm";
import type { Customer } from "../actor.ts";
import type { Deps } from "../context.ts";
import { publishDue } from "../outbox/outbox.ts";
import { startOutbox } from "../outbox/worker.ts";
import { slices } from "../slices.ts";
import { createForum } from "../telegram/forum.ts";
import { startTelegramInbox, storeUpdates } from "../telegram/inbox.ts";
import { removeTopic } from "../telegram/remove-topic.ts";
import type { Telegram } from "../telegram/telegram.ts";
import { contextOf, query, SYSTEM } from "./factories.ts";
import { FakeBot, type FakeChat } from "./fake-bot.ts";
import { NO_TELEGRAM_LIMITS, type TestDeps } from "./test-deps.ts";

export const GROUP_ID = -1001;

export interface DeskOptions {
  /** Whether the group takes topics. Default true. */
  forum?: boolean;
  customers?: Customer[];
  chats?: FakeChat[];
}

/** A fake bot with its support group, and the workers on both sides of it, which run only when they are told to. */
export function createTestDesk(deps: TestDeps, options: DeskOptions = {}) {
  const { forum: isForum = true, customers = [], chats = [] } = options;
  const bot = new FakeBot({
    chats: [
      { id: GROUP_ID, type: "supergroup", title: "Support", isForum },
      ...customers.map(({ externalId, name }) => ({
        id: Number(externalId),
        type: "private" as const,
        title: name ?? "",
        isForum: false,
      })),
      ...chats,
    ],
    media: deps.media,
  });
  const { db, log, now } = deps;
  const forum = createForum({ db, bot, log, now, configuredChatId: GROUP_ID });
  const telegram: Telegram = {
    bot,
    botId: 42,
    forum,
    limits: NO_TELEGRAM_LIMITS,
    webhook: null,
    health: { running: true, reason: null },
  };
  deps.telegram = telegram;
  const ctx = contextOf(deps, SYSTEM);

  /** Updates arrive and are worked off until this is so; what is left stays for the next call. */
  async function receiveUntil(done: () => Promise<boolean>, ...contents: Record<string, unknown>[]): Promise<number[]> {
    const inbox = startTelegramInbox({ ctx, telegram, receivers: slices.flatMap((slice) => slice.telegram ?? []) });
    const updates = contents.map((content) => bot.receive(content));
    try {
      await storeUpdates(ctx, updates);
      await waitFor(done);
    } finally {
      await inbox.stop();
    }
    return updates.map((update) => update.update_id);
  }

  return {
    bot,
    telegram,
    forum,
    /** Runs the outbox until nothing is due at this moment of the clock. */
    deliver: () => settleOutbox(deps),
    /** Updates arrive and are all worked off. @returns their ids */
    receive: (...contents: Record<string, unknown>[]) =>
      receiveUntil(async () => (await countOpenUpdates(deps)) === 0, ...contents),
    receiveUntil,
    /** What the bot shows in a chat, oldest first. */
    shown: (chatId: number) => bot.messages.filter((message) => message.chatId === chatId),
  };
}

/** Stored updates that are still to be worked off. */
export async function countOpenUpdates(deps: TestDeps): Promise<number> {
  return (await query(deps, sql`select 1 from telegram_updates where processed_at is null`)).length;
}

/** Asks again and again until it is so; the time limit only ends what would never end. */
export async function waitFor(done: () => Promise<boolean> | boolean): Promise<void> {
  const patience = performance.now() + 40_000;
  while (!(await done())) {
    if (performance.now() > patience) throw new Error("What was waited for does not come about");
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
}

/** The outbox with every handler there is. */
export const startTestOutbox = (deps: TestDeps, options: { deps?: Deps; maxItemWaitMs?: number } = {}) =>
  startOutbox({
    deps,
    leases: deps.leases,
    handlers: Object.assign({ "telegram.removeTopic": removeTopic }, ...slices.map(({ outbox }) => outbox)),
    ...options,
  });

/** Works off the outbox until no queue has anything due at this moment of the clock. */
export async function settleOutbox(deps: TestDeps): Promise<void> {
  const worker = startTestOutbox(deps);
  const due = () =>
    query(
      deps,
      sql`select 1 from (select distinct on (queue) due_at from outbox where state = 'pending' order by queue, priority, id) heads
          where due_at <= ${deps.now().toISOString()}::timestamptz limit 1`,
    );
  try {
    await waitFor(async () => {
      publishDue(deps.bus);
      return (await due()).length === 0;
    });
  } finally {
    await worker.stop();
  }
}
