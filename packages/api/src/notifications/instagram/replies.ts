import type { Database, Transaction } from "@pult/db/database.ts";
import { instagramEvents, instagramReplies } from "@pult/db/schema/notifications.ts";
import { and, asc, eq, inArray } from "drizzle-orm";
import { z } from "zod";
import { nameOfStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context, Deps } from "../../context.ts";
import { callInstagram, readConnection } from "../../instagram/connection.ts";
import { INSTAGRAM_LEASE, InstagramError, MAX_MESSAGE_BYTES } from "../../instagram/instagram.ts";
import { accountBucket, privateReplyBucket, verdictOf } from "../../instagram/verdict.ts";
import { enqueue, type OutboxHandler, type OutboxItem, publishDue, type Settled } from "../../outbox/outbox.ts";
import { why } from "../../outbox/why.ts";
import { appendToLogs, type NewEntry, publishAppended } from "../../realtime/log.ts";
import { notificationsError } from "../errors.ts";
import { eventsTopic } from "../events.ts";
import {
  type CommentReply,
  type InstagramEvent,
  type ReplyToCommentInput,
  replyMode,
  type StoredEvent,
} from "../schema.ts";

const PRIVATE_REPLY_MS = 7 * 24 * 60 * 60_000;
const COMMENT_KINDS: readonly string[] = ["comments", "live_comments"];

type ReplyRow = typeof instagramReplies.$inferSelect;

/**
 * Answers a comment, below it or in private; acknowledged means committed, and the call stands in the outbox.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `VALIDATION` for an event that is no comment or a text that is too long, `CONFLICT`
 * for a second or late private answer, `UNAVAILABLE` while nothing can be sent
 */
export async function replyToComment(ctx: Context, input: ReplyToCommentInput): Promise<{ replies: CommentReply[] }> {
  const staff = requireStaff(ctx.actor, "notifications:write");
  const { eventId, mode, text, clientId = null } = input;
  const done = await ctx.db.transaction(async (tx) => {
    const commentId = await lockComment(tx, eventId);
    const known = clientId === null ? null : await selectByClientId(tx, eventId, clientId);
    if (known && (known.mode !== mode || known.text !== text)) throw notificationsError("replyIdReused");
    if (known) return { entries: null, replies: await selectReplies(tx, [eventId]) };
    await requireReplyable(ctx, tx, input);
    const { name: createdBy } = nameOfStaff(staff);
    const row = { eventId, commentId, mode, text, clientId, createdBy, createdAt: ctx.now() };
    const [created] = await tx.insert(instagramReplies).values(row).onConflictDoNothing().returning();
    if (!created) throw notificationsError("privateReplyUsed");
    await enqueue(tx, [itemFor(created, ctx.now())]);
    return {
      entries: await appendToLogs(tx, await repliedEntries(tx, eventId)),
      replies: await selectReplies(tx, [eventId]),
    };
  });
  if (done.entries) {
    publishAppended(ctx.bus, done.entries);
    publishDue(ctx.bus);
  }
  return { replies: done.replies.get(eventId) ?? [] };
}

/** Locks a comment's event, so that answers to it wait for each other. @returns the comment's id @throws DomainError */
async function lockComment(tx: Transaction, eventId: number): Promise<string> {
  const [row] = await tx.select().from(instagramEvents).where(eq(instagramEvents.id, eventId)).for("update");
  if (!row) throw notificationsError("eventNotFound");
  if (!COMMENT_KINDS.includes(row.kind)) throw notificationsError("notAComment");
  return row.key;
}

async function requireReplyable(ctx: Context, tx: Transaction, { eventId, mode, text }: ReplyToCommentInput) {
  const [row] = await tx.select().from(instagramEvents).where(eq(instagramEvents.id, eventId));
  const event = row?.event as InstagramEvent;
  const isPrivate = mode === "private";
  if (row?.kind === "live_comments" && !isPrivate) throw notificationsError("liveReplyIsPrivate");
  if (event.sender.id === event.accountId) throw notificationsError("ownComment");
  if (isPrivate && Buffer.byteLength(text) > MAX_MESSAGE_BYTES) throw notificationsError("privateReplyTooLong");
  if (isPrivate && ctx.now().getTime() - Date.parse(event.timestamp) > PRIVATE_REPLY_MS)
    throw notificationsError("privateReplyTooLate");
  if (!ctx.instagram) throw notificationsError("instagramOff");
  const failure = (await readConnection(tx, ctx.instagram))?.failure;
  if (failure) throw notificationsError("instagramTokenInvalid", { reason: failure });
}

async function selectByClientId(tx: Transaction, eventId: number, clientId: string): Promise<ReplyRow | null> {
  const mine = and(eq(instagramReplies.eventId, eventId), eq(instagramReplies.clientId, clientId));
  const [row] = await tx.select().from(instagramReplies).where(mine);
  return row ?? null;
}

/** The answers to comments, oldest first, by event; events without any are left out. */
export async function selectReplies(
  db: Database | Transaction,
  eventIds: readonly number[],
): Promise<Map<number, CommentReply[]>> {
  if (eventIds.length === 0) return new Map();
  const rows = await db
    .select()
    .from(instagramReplies)
    .where(inArray(instagramReplies.eventId, [...eventIds]))
    .orderBy(asc(instagramReplies.id));
  const byEvent = Map.groupBy(rows, ({ eventId }) => eventId);
  return new Map([...byEvent].map(([eventId, replies]) => [eventId, replies.map(presentReply)]));
}

const presentReply = ({ id, mode, text, createdBy, createdAt, state, reason }: ReplyRow): CommentReply => ({
  id,
  mode: mode as CommentReply["mode"],
  text,
  createdBy,
  createdAt: createdAt.toISOString(),
  state: state === "sending" ? "pending" : (state as CommentReply["state"]),
  reason,
});

/** Events with the answers to them. */
export async function withReplies(db: Database, events: readonly StoredEvent[]): Promise<StoredEvent[]> {
  const found = await selectReplies(
    db,
    events.flatMap(({ eventId, event }) => (COMMENT_KINDS.includes(event.eventType) ? eventId : [])),
  );
  return events.map((one) => {
    const replies = found.get(one.eventId);
    return replies ? { ...one, replies } : one;
  });
}

async function repliedEntries(tx: Transaction, eventId: number): Promise<NewEntry[]> {
  const replies = (await selectReplies(tx, [eventId])).get(eventId) ?? [];
  return [{ topic: eventsTopic.name("all"), payload: { type: "replied", eventId, replies } }];
}

const replyPayload = z.object({ replyId: z.int(), eventId: z.int(), mode: replyMode });
type ReplyPayload = z.infer<typeof replyPayload>;

export const replySubject = (id: number): string => `notifications.instagramReply:${id}`;

/** Answers to one comment leave in order. */
const itemFor = ({ id, eventId, mode }: ReplyRow, now: Date): OutboxItem<ReplyPayload> => ({
  queue: `instagram:comment:${eventId}`,
  kind: "notifications.instagramReply",
  lease: INSTAGRAM_LEASE,
  priority: "reply",
  dueAt: now,
  payload: { replyId: id, eventId, mode: mode as ReplyPayload["mode"] },
  subject: replySubject(id),
  personId: null,
  route: "instagram",
});

export const replyHandler: OutboxHandler<ReplyPayload> = {
  schema: replyPayload,
  lease: () => INSTAGRAM_LEASE,
  buckets: (_, { mode }) => (mode === "private" ? [accountBucket, privateReplyBucket] : [accountBucket]),
  async deliver(deps, { payload: { replyId }, attempts }) {
    const { db, instagram } = deps;
    const [reply] = await db.select().from(instagramReplies).where(eq(instagramReplies.id, replyId));
    if (!reply) return { state: "skipped", ...why("commentGone") };
    if (!instagram) return { state: "failed", ...why("noInstagram") };
    if (reply.state !== "pending") return { state: "unknown", ...why("interrupted") };
    await db.update(instagramReplies).set({ state: "sending" }).where(eq(instagramReplies.id, replyId));
    try {
      return { state: "done", result: { id: await send({ ...deps, instagram }, reply) } };
    } catch (error) {
      if (error instanceof InstagramError) return verdictOf(error, attempts);
      throw error;
    }
  },
  async settled(tx, { payload: { replyId, eventId } }, settled) {
    const changed = await tx
      .update(instagramReplies)
      .set(outcomeOf(settled))
      .where(eq(instagramReplies.id, replyId))
      .returning({ id: instagramReplies.id });
    return changed.length > 0 ? repliedEntries(tx, eventId) : [];
  },
};

/** @returns Meta's id of the answer */
async function send(
  deps: Deps & { instagram: NonNullable<Deps["instagram"]> },
  { mode, commentId, text }: ReplyRow,
): Promise<string> {
  return callInstagram(deps, async (api, token) => {
    if (mode === "public") return (await api.replyToComment(token, { commentId, text })).commentId;
    return (await api.sendMessage(token, { to: { commentId }, content: { text } })).messageId;
  });
}

function outcomeOf(settled: Settled): Pick<ReplyRow, "state" | "reason"> & Partial<ReplyRow> {
  switch (settled.state) {
    case "done":
      return { state: "sent", reason: null, resultId: (settled.result as { id: string }).id };
    case "wait":
      return { state: "pending", reason: settled.reason };
    case "unknown":
      return { state: "unknown", reason: settled.reason };
    case "skipped":
    case "failed":
    case "parked":
      return { state: "failed", reason: settled.reason };
  }
}
