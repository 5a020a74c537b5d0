import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { telegramUpdates } from "@pult/db/schema/telegram.ts";
import { inArray, sql } from "drizzle-orm";
import { z } from "zod";
import type { Context } from "../context.ts";
import { reasonOf } from "../errors.ts";
import { declareLatest, internalOnly } from "../realtime/topic.ts";
import { storableText } from "../storable.ts";
import { BotError, type BotUpdate } from "./bot.ts";
import type { Telegram } from "./telegram.ts";
import {
  placeOfUpdate,
  readUpdate,
  type TelegramMembership,
  type TelegramMessage,
  type TelegramReaction,
} from "./updates.ts";

/** Why an update had no effect, for the log; null when it had one. */
export type Note = string | null;

/** What a slice does with what people write to the bot. Safe to repeat. */
export interface TelegramReceiver {
  /** A message, or an album's parts as one. @throws BotError when Telegram does not answer; the update is then tried again */
  message(ctx: Context, telegram: Telegram, parts: TelegramMessage[]): Promise<Note>;
  edit(ctx: Context, telegram: Telegram, message: TelegramMessage): Promise<Note>;
  /** Messages that were deleted, where Telegram tells. */
  deleted?(
    ctx: Context,
    telegram: Telegram,
    gone: { botId: number; chatId: number; messageIds: number[] },
  ): Promise<Note>;
  /** The bot's place in a chat. */
  membership?(ctx: Context, telegram: Telegram, membership: TelegramMembership): Promise<Note>;
  reaction?(ctx: Context, telegram: Telegram, reaction: TelegramReaction): Promise<Note>;
  /**
   * Commands in private chats that are its own, without the slash; `start news` is `/start` with that parameter. They are no message to any
   * receiver.
   */
  readonly commands?: Readonly<Record<string, Command>>;
}

type Command = (ctx: Context, telegram: Telegram, message: TelegramMessage) => Promise<Note>;

/** Works off stored updates; each chat, and each topic of one, in order, side by side. */
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
  id: number;
  botId: number;
  place: string;
  updateId: number;
  payload: BotUpdate;
  receivedAt: Date;
}

/** Parts of an album come as updates of their own; this long after the last one it is complete. */
const ALBUM_SETTLE_MS = 3_000;
const RETRY_MS = 2_000;
const BATCH = 200;
/** An update that fails this often for a reason of ours is put aside, so that it does not hold up its chat for ever. */
const MAX_FAILURES = 5;
/** The same while Telegram does not answer. */
const MAX_OUTAGES = 150;

/** Stores updates, each once; after that they are safe and may be acknowledged. The node that holds the bot's lease works them off. */
export async function storeUpdates(
  { db, bus, now, telegram }: Pick<Context, "db" | "bus" | "now" | "telegram">,
  updates: readonly BotUpdate[],
): Promise<void> {
  if (updates.length === 0) return;
  const receivedAt = now();
  const botId = telegram?.botId ?? 0;
  const byId = new Map(updates.map((update) => [update.update_id, update]));
  const rows = [...byId].map(([updateId, update]) => {
    return { botId, updateId, payload: storable(update), place: placeOfUpdate(update), receivedAt };
  });
  // After a quiet week Telegram begins anew anywhere: the same id with another content is another update.
  await db
    .insert(telegramUpdates)
    .values(rows)
    .onConflictDoUpdate({
      target: [telegramUpdates.botId, telegramUpdates.updateId],
      set: {
        payload: sql`excluded.payload`,
        place: sql`excluded.place`,
        receivedAt: sql`excluded.received_at`,
        processedAt: null,
        note: null,
      },
      setWhere: sql`telegram_updates.payload <> excluded.payload`,
    });
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
  /** Places that are worked off at this moment. */
  const busy = new Map<string, Promise<void>>();
  /** Places that wait for something, and until when (milliseconds of `performance.now`). */
  const waiting = new Map<string, number>();

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

  /** Begins with every place that is not worked off already; the end of one looks again. @returns ms after which to look again */
  async function workOff(): Promise<number> {
    for (const [place, until] of waiting) if (until <= performance.now()) waiting.delete(place);
    // What one of these finishes while this reads may be read as still open. None of them keeps the others from being read.
    const taken = new Set([...busy.keys(), ...waiting.keys()]);
    const rows = rowsOf<Omit<StoredUpdate, "receivedAt"> & { receivedAt: number }>(
      await db.execute(sql`
        select id, bot_id as "botId", place, update_id as "updateId", payload, (extract(epoch from received_at) * 1000)::float as "receivedAt"
        from telegram_updates where processed_at is null and not place in ${textsIn([...taken])}
        order by update_id, id limit ${BATCH}`),
    );
    const updates = rows.map((row) => ({ ...row, receivedAt: new Date(row.receivedAt) }));
    for (const [place, ofPlace] of Map.groupBy(updates, (row) => row.place))
      busy.set(place, startPlace(place, ofPlace));
    return sweepMs;
  }

  async function startPlace(place: string, updates: StoredUpdate[]): Promise<void> {
    const waitMs = await workOffPlace(updates).catch((error) => {
      log.error({ err: error }, "Failed to work off Telegram updates");
      return RETRY_MS;
    });
    busy.delete(place);
    if (waitMs !== null) {
      waiting.set(place, performance.now() + waitMs);
      later(waitMs);
    }
    work();
  }

  async function workOffPlace(updates: StoredUpdate[]): Promise<number | null> {
    for (let left = updates; left.length > 0 && !stopped; ) {
      const group = takeGroup(left);
      const settlesIn = settleMs(group, now());
      if (settlesIn > 0) return settlesIn;
      const waitMs = await effect(group);
      if (waitMs !== null) return waitMs;
      left = left.filter((update) => !group.includes(update));
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
      const isOutage = error instanceof BotError && (error.failure === "down" || error.failure === "flood");
      const count = (failures.get(first.id) ?? 0) + 1;
      failures.set(first.id, count);
      if (isOutage && count < MAX_OUTAGES) return error.retryAfterMs ?? RETRY_MS;
      log.error({ err: error, updateId: first.updateId, count }, "A Telegram update failed");
      if (!isOutage && count < MAX_FAILURES) return RETRY_MS;
      failures.delete(first.id);
      await markProcessed(group, `put aside: ${reasonOf(error)}`);
      return null;
    }
  }

  async function markProcessed(group: StoredUpdate[], note: Note): Promise<void> {
    const processedAt = now();
    if (note) log.debug({ updateId: group[0]?.updateId, note }, "A Telegram update had no effect");
    const ids = group.map(({ id }) => id);
    await db.update(telegramUpdates).set({ processedAt, note }).where(inArray(telegramUpdates.id, ids));
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

const messageOf = (row: StoredUpdate): TelegramMessage | null => {
  const event = readUpdate(row.payload, row.botId);
  return event.type === "message" ? event.message : null;
};

/** The first update, with the other parts of its album, whatever was written between them. */
function takeGroup(updates: readonly StoredUpdate[]): StoredUpdate[] {
  const [first] = updates;
  if (!first) return [];
  const album = messageOf(first)?.mediaGroupId ?? null;
  if (album === null) return [first];
  return updates.filter((update) => messageOf(update)?.mediaGroupId === album);
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
  const event = readUpdate(first.payload, first.botId);
  if (event.type === "other") return `unhandled: ${event.what}`;
  if (event.type === "message" || event.type === "edited") {
    const parts = group.flatMap((row) => messageOf(row) ?? []);
    const migrated = parts.find(({ migratedTo }) => migratedTo !== null);
    if (migrated) return receiveMigration(telegram, migrated);
    const command = event.type === "message" ? commandOf(receivers, event.message) : null;
    if (command) return command(ctx, telegram, event.message);
    return firstEffect(receivers, (receiver) =>
      event.type === "edited" ? receiver.edit(ctx, telegram, event.message) : receiver.message(ctx, telegram, parts),
    );
  }
  return firstEffect(receivers, (receiver) => {
    if (event.type === "membership") return receiver.membership?.(ctx, telegram, event.membership);
    if (event.type === "reaction") return receiver.reaction?.(ctx, telegram, event.reaction);
    return receiver.deleted?.(ctx, telegram, event);
  });
}

/** Asks receivers until one makes something of it. @returns why none did */
async function firstEffect(
  receivers: readonly TelegramReceiver[],
  ask: (receiver: TelegramReceiver) => Promise<Note> | undefined,
): Promise<Note> {
  let why: Note = null;
  for (const receiver of receivers) {
    const note = await (ask(receiver) ?? "not its");
    if (note === null) return null;
    why ??= note;
  }
  return why ?? "no receiver";
}

/** What a command in a private chat does; null for every other message, and for commands that are no receiver's. */
function commandOf(
  receivers: readonly TelegramReceiver[],
  { text, chatType, sender, attachment }: TelegramMessage,
): Command | null {
  const [, name = "", parameter = ""] = /^\/([a-z]+)(?:@\w+)?(?:\s+(\S+))?\s*$/i.exec(text) ?? [];
  if (chatType !== "private" || sender.isBot || name === "" || attachment !== null) return null;
  const words = name.toLowerCase() === "start" ? `start ${parameter}` : name.toLowerCase();
  const owner = receivers.find(({ commands }) => commands && Object.hasOwn(commands, words));
  return owner?.commands?.[words] ?? null;
}

async function receiveMigration({ forum }: Telegram, { chatId, migratedTo }: TelegramMessage): Promise<Note> {
  if (!forum || migratedTo === null || chatId !== (await forum.chatId())) return "another group's migration";
  await forum.migrated(chatId, migratedTo);
  return null;
}
