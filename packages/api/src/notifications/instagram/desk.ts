import { type Database, oneConnection } from "@pult/db/database.ts";
import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { instagramEvents } from "@pult/db/schema/notifications.ts";
import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { reasonOf } from "../../errors.ts";
import { perProcess } from "../../per-process.ts";
import { declareLatest, internalOnly } from "../../realtime/topic.ts";
import {
  type DeskNote,
  type DirectMessage,
  receiveDirectMessage,
  receiveEcho,
  receiveSeen,
  receiveUnsend,
} from "../../support/instagram-desk.ts";
import { repeating, type WorkerSpec } from "../../workers.ts";
import type { InstagramEvent } from "../schema.ts";
import { fieldsOf, idOf, textOf } from "./read-webhook.ts";

/** Published after a commit that stored events for the desk. */
export const deskTopic = declareLatest<"due", null>("notifications.instagramDesk", {
  value: z.null(),
  mayRead: internalOnly,
});

const BATCH = 100;
const SWEEP_MS = 5_000;
/** Doubled with each attempt. */
const RETRY_MS = 2_000;
/**
 * What Instagram does not answer, and what fails for a reason of ours, is given up after this many attempts: later than a call to Instagram
 * can last whose echo comes first.
 */
const MAX_ATTEMPTS = 5;

const DESK_KINDS = new Set(["messages", "story_mentions", "postback", "messaging_seen"]);

/** Whether an event is the desk's: what people and the account write to each other, and that it was seen. */
export const isForDesk = ({ eventType, sender }: InstagramEvent): boolean =>
  DESK_KINDS.has(eventType) && sender.id !== undefined;

/** Of events: the desk could not store what follows from it, however often it tried. */
export const isPutAside = sql`desk_note like 'put aside:%'`;

interface DueEvent {
  id: number;
  senderId: string;
  event: InstagramEvent;
  source: unknown;
  attempts: number;
  isDue: boolean;
}

/** Conversations that are given to the desk side by side; their messages share transactions. */
const maxConversations = (db: Database): number => (oneConnection.has(db) ? 12 : 32);

/** By customer: what is given to the desk at this moment. */
const underWay = perProcess(() => new Map<string, Promise<void>>());

const looking = repeating(
  { name: "notifications.instagramDesk", lease: "notifications", everyMs: SWEEP_MS, wokenBy: deskTopic.name("due") },
  startConversations,
);

/**
 * Gives the desk what it has not been given yet: each person's events in the order in which they were stored, people side by side, so that none
 * waits for another's photo. An event is done only after the desk has stored what follows from it, and the desk recognises repeats, so a crash
 * loses and doubles nothing.
 */
export const deskWorker: WorkerSpec = {
  ...looking,
  async run(ctx, signal, token) {
    await looking.run(ctx, signal, token);
    await Promise.all(underWay(ctx).values());
  },
};

/** Begins with everyone whose next event is due; the end of one looks again. */
async function startConversations(ctx: Context): Promise<void> {
  const tasks = underWay(ctx);
  const waiting = new Set<string>();
  for (;;) {
    const rows = await selectDue(ctx, [...tasks.keys(), ...waiting]);
    for (const [customer, events] of Map.groupBy(rows, ({ senderId }) => senderId)) {
      if (tasks.size >= maxConversations(ctx.db)) return;
      if (events[0]?.isDue) tasks.set(customer, workOffCustomer(ctx, customer, events));
      else waiting.add(customer);
    }
    if (rows.length < BATCH) return;
  }
}

/** The oldest events for the desk, without those of some people. */
async function selectDue({ db, now }: Context, without: readonly string[]): Promise<DueEvent[]> {
  return rowsOf<DueEvent>(
    await db.execute(sql`
      select id, coalesce(sender_id, '') as "senderId", event, source, desk_attempts as attempts, desk_due_at <= ${now().toISOString()}::timestamptz as "isDue"
      from instagram_events where desk_due_at is not null and coalesce(sender_id, '') not in ${textsIn(without)}
      order by id limit ${BATCH}`),
  );
}

async function workOffCustomer(ctx: Context, customer: string, events: readonly DueEvent[]): Promise<void> {
  const isGiven = await giveInOrder(ctx, events).then(
    () => true,
    (error: unknown) => ctx.log.error({ err: error, customer }, "Failed to note what the desk was given"),
  );
  underWay(ctx).delete(customer);
  if (isGiven) ctx.bus.publishLatest(deskTopic.name("due"), null);
}

/** One after the other: side by side they would overtake each other. Stops at the first event that has to wait. */
async function giveInOrder(ctx: Context, events: readonly DueEvent[]): Promise<void> {
  for (const event of events) if (!event.isDue || !(await workOffEvent(ctx, event))) return;
}

async function workOffEvent(ctx: Context, row: DueEvent): Promise<boolean> {
  const { id, attempts } = row;
  const isLast = attempts + 1 >= MAX_ATTEMPTS;
  const note = await give(ctx, row, isLast).catch((error: unknown) => {
    ctx.log.error({ err: error, eventId: id, attempts }, "Failed to give an Instagram event to the desk");
    return isLast ? `put aside: ${reasonOf(error)}` : "soon";
  });
  const isDone = note !== "soon";
  const deskDueAt = isDone ? null : new Date(ctx.now().getTime() + RETRY_MS * 2 ** attempts);
  await ctx.db
    .update(instagramEvents)
    .set({ deskDueAt, deskAttempts: attempts + 1, deskNote: isDone ? note : null })
    .where(eq(instagramEvents.id, id));
  return isDone;
}

async function give(ctx: Context, { event, source }: DueEvent, isLast: boolean): Promise<DeskNote> {
  const customerId = customerIdOf(event, source);
  if (customerId === null) return "names no person";
  const item = fieldsOf(source);
  if (event.eventType === "messaging_seen") {
    const mid = idOf(fieldsOf(item.read).mid);
    return mid === null ? "names no message" : receiveSeen(ctx, { customerId, mid }, { isLast });
  }
  const message = fieldsOf(item.message);
  const mid = idOf(message.mid) ?? event.id;
  if (event.isDeleted) return receiveUnsend(ctx, { customerId, mid });
  if (await isUnsent(ctx, event, mid)) return "taken back before it was shown";
  const direct = directMessageOf(event, { customerId, mid, message });
  if (!isEcho(event)) return receiveDirectMessage(ctx, direct, { isLast });
  return receiveEcho(ctx, { ...direct, accountName: await accountName(ctx, event.accountId) }, { isLast });
}

const isEcho = ({ isEcho: marked, sender, accountId }: InstagramEvent): boolean =>
  marked === true || sender.id === accountId;

/** The other side: the sender, or of an echo the recipient. */
export function customerIdOf(event: InstagramEvent, source: unknown): string | null {
  return isEcho(event) ? idOf(fieldsOf(fieldsOf(source).recipient).id) : (event.sender.id ?? null);
}

function directMessageOf(
  event: InstagramEvent,
  { customerId, mid, message }: { customerId: string; mid: string; message: Record<string, unknown> },
): DirectMessage {
  const replyTo = fieldsOf(message.reply_to);
  const story = replyTo.story === undefined ? null : fieldsOf(replyTo.story);
  return {
    customerId,
    mid,
    username: isEcho(event) ? null : (event.sender.username ?? null),
    at: new Date(event.timestamp),
    text: event.content,
    attachments: event.attachments ?? [],
    storyUrl: (story && textOf(story.url)) || null,
    replyToMid: idOf(replyTo.mid),
    isStandby: event.isStandby === true,
    openedBy: openerOf(event, story !== null),
  };
}

function openerOf({ eventType }: InstagramEvent, isStoryReply: boolean): DirectMessage["openedBy"] {
  if (eventType === "postback") return "postback";
  if (eventType === "story_mentions") return "storyMention";
  return isStoryReply ? "storyReply" : "message";
}

/** Whether the message was taken back before the desk got it: events come in any order. What was a mention in a story is then only a message. */
async function isUnsent({ db }: Context, { accountId }: InstagramEvent, mid: string): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from instagram_events where account_id = ${accountId} and kind = 'messages' and key = ${`${mid}:deleted`}`);
  return rowsOf(found).length > 0;
}

async function accountName({ db }: Context, accountId: string): Promise<string | null> {
  const [row] = rowsOf<{ username: string | null }>(
    await db.execute(sql`select username from instagram_accounts where id = ${accountId}`),
  );
  return row?.username ?? null;
}
