import { telegramUpdates } from "@pult/db/schema/telegram.ts";
import { asc, eq, isNull } from "drizzle-orm";
import { z } from "zod";
import type { Context } from "../context.ts";
import { reasonOf } from "../errors.ts";
import { declareLatest, internalOnly } from "../realtime/topic.ts";
import { storableText } from "../storable.ts";
import { BotError, type BotUpdate } from "./bot.ts";
import type { Telegram } from "./telegram.ts";
import { readUpdate, type TelegramMessage } from "./updates.ts";

/** Why an update had no effect, for the log; null when it had one. */
export type Note = string | null;

/** What a slice does with what people write to the bot. Safe to repeat. */
export interface TelegramReceiver {
  /** A message, or an album's parts as one. @throws BotError when Telegram does not answer; the update is then tried again */
  message(ctx: Context, telegram: Telegram, parts: TelegramMessage[]): Promise<Note>;
  edit(ctx: Context, telegram: Telegram, message: TelegramMessage): Promise<Note>;
  /**
   * Commands in private chats that are its own, without the slash; `start news` is `/start` with that parameter. They are no message to any
   * receiver.
   */
  readonly commands?: Readonly<Record<string, Command>>;
}

type Command = (ctx: Context, telegram: Telegram, message: TelegramMessage) => Promise<Note>;

/** Works off stored updates; each chat in order, chats side by side. */
export interface TelegramInbox {
  stop(): Promise<void>;
}

export interface TelegramInboxOptions {
  /** Acts as the system. */
  ctx: Context;
  telegram: Telegram;
  /** Asked in this order, until an update has an effect. */
  receivers: readonly TelegramReceiver[];
  /** How often it looks for updates that it was not told of: a node that stores one may not reach the one that works them off. Default 5 s. */
  sweepMs?: number;
}

/** Published after a commit that stored updates. */
export const updatesTopic = declareLatest<"due", null>("telegram.updates", { value: z.null(), mayRead: internalOnly });

interface StoredUpdate {
  updateId: number;
  payload: BotUpdate;
  receivedAt: Date;
}

/** Parts of an album come as updates of their own; this long after the last one it is complete. */
const ALBUM_SETTLE_MS = 700;
const RETRY_MS = 2_000;
const BATCH = 200;
/** An update that fails this often for a reason of ours is put aside, so that it does not hold up its chat for ever. */
const MAX_FAILURES = 5;

/** Stores updates, each once; after that they are safe and may be acknowledged. The node that holds the bot's lease works them off. */
export async function storeUpdates(
  { db, bus, now }: Pick<Context, "db" | "bus" | "now">,
  updates: readonly BotUpdate[],
): Promise<void> {
  if (updates.length === 0) return;
  const receivedAt = now();
  await db
    .insert(telegramUpdates)
    .values(updates.map((update) => ({ updateId: update.update_id, payload: storable(update), receivedAt })))
    .onConflictDoNothing();
  bus.publishLatest(updatesTopic.name("due"), null);
}

/** One update that cannot be kept would otherwise be sent again for ever, with all that comes after it. */
const storable = (update: BotUpdate): BotUpdate =>
  JSON.parse(JSON.stringify(update), (_, value) => (typeof value === "string" ? storableText(value) : value));

export function startTelegramInbox(options: TelegramInboxOptions): TelegramInbox {
  const { db, bus, now, log } = options.ctx;
  const { sweepMs = 5_000 } = options;
  const failures = new Map<number, number>();
  let stopped = false;
  let working: Promise<void> | null = null;
  let again = false;
  let timer: { due: number; handle: NodeJS.Timeout } | null = null;
  /** Chats that are worked off at this moment. */
  const busy = new Map<number, Promise<void>>();

  function work(): void {
    if (stopped) return;
    if (working) {
      again = true;
      return;
    }
    again = false;
    working = workOff()
      .catch((error) => {
        log.error({ err: error }, "Failed to read Telegram updates");
        return RETRY_MS;
      })
      .then((waitMs) => {
        working = null;
        if (again) work();
        else later(waitMs);
      });
  }

  /** Looks again then, or sooner where that is asked for already. */
  function later(ms: number): void {
    const due = performance.now() + ms;
    if (stopped || (timer && timer.due <= due)) return;
    if (timer) clearTimeout(timer.handle);
    const look = () => {
      timer = null;
      work();
    };
    timer = { due, handle: setTimeout(look, ms) };
  }

  /** Begins with every chat that is not worked off already; the end of one looks again. @returns ms after which to look again */
  async function workOff(): Promise<number> {
    // What one of these finishes while this reads may be read as still open.
    const taken = new Set(busy.keys());
    const rows = await db
      .select({
        updateId: telegramUpdates.updateId,
        payload: telegramUpdates.payload,
        receivedAt: telegramUpdates.receivedAt,
      })
      .from(telegramUpdates)
      .where(isNull(telegramUpdates.processedAt))
      .orderBy(asc(telegramUpdates.updateId))
      .limit(BATCH);
    for (const [chat, updates] of Map.groupBy(rows as StoredUpdate[], (row) => chatOf(row.payload)))
      if (!taken.has(chat)) busy.set(chat, startChat(chat, updates));
    return sweepMs;
  }

  async function startChat(chat: number, updates: StoredUpdate[]): Promise<void> {
    const waitMs = await workOffChat(updates).catch((error) => {
      log.error({ err: error }, "Failed to work off Telegram updates");
      return RETRY_MS;
    });
    busy.delete(chat);
    if (waitMs === null) work();
    else later(waitMs);
  }

  async function workOffChat(updates: StoredUpdate[]): Promise<number | null> {
    for (let at = 0; at < updates.length && !stopped; ) {
      const group = takeGroup(updates, at);
      const settlesIn = settleMs(group, now());
      if (settlesIn > 0) return settlesIn;
      const waitMs = await effect(group);
      if (waitMs !== null) return waitMs;
      at += group.length;
    }
    return null;
  }

  /** Carries out one message, edit or album. @returns how long to wait before it is tried again, null when it is done */
  async function effect(group: StoredUpdate[]): Promise<number | null> {
    const [first] = group;
    if (!first) return null;
    try {
      await markProcessed(group, await apply(options, group));
      return null;
    } catch (error) {
      if (error instanceof BotError && (error.failure === "down" || error.failure === "flood"))
        return error.retryAfterMs ?? RETRY_MS;
      const count = (failures.get(first.updateId) ?? 0) + 1;
      failures.set(first.updateId, count);
      log.error({ err: error, updateId: first.updateId, count }, "A Telegram update failed");
      if (count < MAX_FAILURES) return RETRY_MS;
      failures.delete(first.updateId);
      await markProcessed(group, `put aside: ${reasonOf(error)}`);
      return null;
    }
  }

  async function markProcessed(group: StoredUpdate[], note: Note): Promise<void> {
    const processedAt = now();
    if (note) log.debug({ updateId: group[0]?.updateId, note }, "A Telegram update had no effect");
    for (const { updateId } of group) {
      await db.update(telegramUpdates).set({ processedAt, note }).where(eq(telegramUpdates.updateId, updateId));
    }
  }

  const unsubscribe = bus.subscribeLatest(updatesTopic.name("due"), work);
  work();
  return {
    async stop() {
      stopped = true;
      unsubscribe();
      if (timer) clearTimeout(timer.handle);
      await working;
      await Promise.all(busy.values());
    },
  };
}

function chatOf(update: BotUpdate): number {
  const event = readUpdate(update);
  return event.type === "other" ? 0 : event.message.chatId;
}

const messageOf = (row: StoredUpdate): TelegramMessage | null => {
  const event = readUpdate(row.payload);
  return event.type === "message" ? event.message : null;
};

/** The update at `at`, with the other parts of its album. */
function takeGroup(updates: StoredUpdate[], at: number): StoredUpdate[] {
  const first = updates[at];
  if (!first) return [];
  const album = messageOf(first)?.mediaGroupId ?? null;
  if (album === null) return [first];
  let end = at + 1;
  for (let next = updates[end]; next && messageOf(next)?.mediaGroupId === album; next = updates[++end]);
  return updates.slice(at, end);
}

function settleMs(group: StoredUpdate[], now: Date): number {
  const [first] = group;
  if (!first || !messageOf(first)?.mediaGroupId) return 0;
  const newest = Math.max(...group.map((row) => row.receivedAt.getTime()));
  return newest + ALBUM_SETTLE_MS - now.getTime();
}

async function apply({ ctx, telegram, receivers }: TelegramInboxOptions, group: StoredUpdate[]): Promise<Note> {
  const [first] = group;
  if (!first) return "empty";
  const event = readUpdate(first.payload);
  if (event.type === "other") return `unhandled: ${event.what}`;
  const parts = group.flatMap((row) => messageOf(row) ?? []);
  const migrated = parts.find(({ migratedTo }) => migratedTo !== null);
  if (migrated) return receiveMigration(telegram, migrated);
  const command = event.type === "message" ? commandOf(receivers, event.message) : null;
  if (command) return command(ctx, telegram, event.message);
  let why: Note = null;
  for (const receiver of receivers) {
    const note = await (event.type === "edited"
      ? receiver.edit(ctx, telegram, event.message)
      : receiver.message(ctx, telegram, parts));
    if (note === null) return null;
    why ??= note;
  }
  return why ?? "no receiver";
}

/** What a command in a private chat does; null for every other message, and for commands that are no receiver's. */
function commandOf(
  receivers: readonly TelegramReceiver[],
  { text, chatType, sender, photoFileId, attachment }: TelegramMessage,
): Command | null {
  const [, name = "", parameter = ""] = /^\/([a-z]+)(?:@\w+)?(?:\s+(\S+))?\s*$/i.exec(text) ?? [];
  const isText = photoFileId === null && attachment === null;
  if (chatType !== "private" || sender.isBot || name === "" || !isText) return null;
  const words = name.toLowerCase() === "start" ? `start ${parameter}` : name.toLowerCase();
  const owner = receivers.find(({ commands }) => commands && Object.hasOwn(commands, words));
  return owner?.commands?.[words] ?? null;
}

async function receiveMigration({ forum }: Telegram, { chatId, migratedTo }: TelegramMessage): Promise<Note> {
  if (!forum || migratedTo === null || chatId !== (await forum.chatId())) return "another group's migration";
  await forum.migrated(chatId, migratedTo);
  return null;
}
