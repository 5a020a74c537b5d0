import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { type DeliveryState, selectDeliveryStates } from "../outbox/deliveries.ts";
import type { MessageContent } from "./content.ts";
import { readInstant } from "./conversation-rows.ts";
import { selectPhotos } from "./photos.ts";
import type { Delivery, MessageKind } from "./schema.ts";
import type { StoredMessage, StoredPhotoRow } from "./stored.ts";
import { messageIdOf, messageSubject } from "./subjects.ts";

type Reader = Database | Transaction;

interface MessageRecord
  extends Omit<StoredMessage, "author" | "photos" | "replyTo" | "deliveries" | "deletedAt" | keyof MessageContent> {
  content: MessageContent | null;
  deletedAt: string | null;
  authorId: string | null;
  authorName: string;
  replyToId: number | null;
  photoCount: number;
  contentHash: string | null;
}

const messageColumns = sql`
  m.id, m.conversation_id as "conversationId", m.kind, m.text, m.author_id as "authorId", m.author_name as "authorName", m.source,
  m.client_id as "clientId", m.content_hash as "contentHash", m.reply_to_id as "replyToId", m.photo_count as "photoCount", m.change, m.content,
  m.created_at as "createdAt", m.edited_at as "editedAt", m.deleted_at as "deletedAt"`;

export interface FoundMessage {
  message: StoredMessage;
  contentHash: string | null;
  content: MessageContent | null;
}

/** Messages with this condition on `m`, photos and quoted messages filled in; delivery states only when asked for. */
export async function selectMessages(
  db: Reader,
  condition: SQL,
  options: { tail?: SQL; deliveries?: boolean } = {},
): Promise<FoundMessage[]> {
  const rows = rowsOf<MessageRecord>(
    await db.execute(
      sql`select ${messageColumns} from messages m where ${condition} ${options.tail ?? sql`order by m.id`}`,
    ),
  );
  const around = await selectAround(db, rows, options.deliveries ?? false);
  return rows.map((row) => {
    const { content, contentHash } = row;
    return { message: toStoredMessage(row, around), contentHash, content };
  });
}

interface Around {
  photos: Map<number, StoredPhotoRow[]> | null;
  quotes: Awaited<ReturnType<typeof selectQuotes>> | null;
  deliveries: Map<number, Delivery[]> | null;
}

const NOTHING_AROUND: Around = { photos: null, quotes: null, deliveries: null };

/** Photos, quoted messages and deliveries of a page; a page of plain text costs no further query. */
async function selectAround(db: Reader, rows: MessageRecord[], withDeliveries: boolean): Promise<Around> {
  const withPhotos = rows.filter((row) => row.photoCount > 0).map((row) => row.id);
  const quotedIds = [...new Set(rows.flatMap((row) => row.replyToId ?? []))];
  const agentIds = withDeliveries ? rows.map((row) => row.id) : [];
  if (withPhotos.length + quotedIds.length + agentIds.length === 0) return NOTHING_AROUND;
  const [photos, quotes, deliveries] = await Promise.all([
    withPhotos.length > 0 ? selectPhotos(db, withPhotos) : null,
    quotedIds.length > 0 ? selectQuotes(db, quotedIds) : null,
    agentIds.length > 0 ? selectDeliveries(db, agentIds) : null,
  ]);
  return { photos, quotes, deliveries };
}

function toStoredMessage(row: MessageRecord, { photos, quotes, deliveries }: Around): StoredMessage {
  const { sources: _, ...content } = row.content ?? {};
  return {
    id: row.id,
    conversationId: row.conversationId,
    kind: row.kind,
    text: row.text,
    photos: photos?.get(row.id) ?? [],
    ...content,
    author: { id: row.authorId, name: row.authorName },
    source: row.source,
    clientId: row.clientId,
    replyTo: row.replyToId === null ? null : (quotes?.get(row.replyToId)?.quote ?? null),
    change: row.change,
    createdAt: readInstant(row.createdAt),
    editedAt: readInstant(row.editedAt),
    ...(row.deletedAt === null ? {} : { deletedAt: readInstant(row.deletedAt) }),
    deliveries: deliveries?.get(row.id) ?? [],
  };
}

type Quote = NonNullable<StoredMessage["replyTo"]>;

/** What is shown of a quoted message. */
export const quoteOf = (id: number, author: string, text: string): Quote => ({
  id,
  author,
  text: text.slice(0, 200).toWellFormed(),
});

/** Quoted messages with what decides whether they may be quoted. */
export async function selectQuotes(db: Reader, ids: readonly number[]) {
  const rows = rowsOf<{ id: number; author: string; text: string; kind: MessageKind; conversationId: number }>(
    await db.execute(sql`
      select id, author_name as author, left(text, 200) as text, kind, conversation_id as "conversationId" from messages
      where id in (select x::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) x)`),
  );
  return new Map(rows.map(({ id, author, text, ...row }) => [id, { ...row, quote: quoteOf(id, author, text) }]));
}

const SHOWN_STATE: Record<DeliveryState["state"], Delivery["state"]> = {
  pending: "pending",
  done: "delivered",
  skipped: "skipped",
  failed: "failed",
  unknown: "failed",
  parked: "failed",
};
/** One device that shows a push is enough, once each has answered. */
const BEST: Delivery["state"][] = ["skipped", "failed", "delivered", "pending"];
/** Another route that took several calls is as far as its worst one. */
const WORST: Delivery["state"][] = ["skipped", "delivered", "pending", "failed"];

/** What became of each message on each route, from the outbox. */
export async function selectDeliveries(db: Reader, messageIds: readonly number[]): Promise<Map<number, Delivery[]>> {
  const all = groupBy(
    await selectDeliveryStates(db, messageIds.map(messageSubject)),
    (row) => messageIdOf(row.subject) ?? 0,
    (row): Delivery => {
      const state = SHOWN_STATE[row.state];
      const waits = state === "pending" && row.reason !== null;
      const { route, reason, problem, params, dueAt } = row;
      const key = problem === null ? {} : { problem, params: params ?? {} };
      return { leg: route as Delivery["leg"], state, reason, ...key, retryAt: waits ? dueAt : null };
    },
  );
  for (const [id, list] of all) all.set(id, mergeRoutes(list));
  return all;
}

function mergeRoutes(list: Delivery[]): Delivery[] {
  const byRoute = new Map<string, Delivery>();
  for (const one of list) {
    const known = byRoute.get(one.leg);
    const [order, margin] = one.leg === "push" ? [BEST, 0] : [WORST, 1];
    if (!known || order.indexOf(one.state) >= order.indexOf(known.state) + margin) byRoute.set(one.leg, one);
  }
  return [...byRoute.values()];
}

function groupBy<Row, Value>(
  rows: Row[],
  keyOf: (row: Row) => number,
  pick: (row: Row) => Value,
): Map<number, Value[]> {
  const groups = new Map<number, Value[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const group = groups.get(key);
    if (group) group.push(pick(row));
    else groups.set(key, [pick(row)]);
  }
  return groups;
}
