import { createBatchWriter, type Outcome } from "@pult/db/batch-writer.ts";
import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { isStaff } from "../../auth/permissions.ts";
import type { Context, Deps } from "../../context.ts";
import type { DomainError } from "../../errors.ts";
import { perProcess } from "../../per-process.ts";
import { type Appended, appendToLogs, publishAppended } from "../../realtime/log.ts";
import { tradingError } from "../errors.ts";
import { roomEntry } from "../events.ts";
import { refuseWhenFull, rereadWhenUnpublished } from "../publishing.ts";
import { type MemberRecord, memberKey, selectMembers } from "../rooms/members.ts";
import { lockRooms, type RoomRecord } from "../rooms/rows.ts";
import { findOwnMember, requireRoom } from "../rooms/state.ts";
import type { ChatMessage, ChatPage, ListChatInput, SendChatInput } from "../schema.ts";
import { actingTrader, lockTraders, shownTrader, type TraderRecord } from "../traders.ts";
import { selectMessages, wordsOf } from "./rows.ts";

interface ChatWrite {
  roomId: string;
  traderKey: string;
  text: string;
  clientId: string | null;
}
interface WrittenChat {
  message: ChatMessage;
  /** It was said before, under the same client id. */
  isRepeat: boolean;
  /** Of the whole batch, on its first result only. */
  appended: Appended | null;
}

/**
 * Says something in a room.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for a trader who is not in the room or is muted, `NOT_FOUND`, `CONFLICT` for a closed
 *   room, `VALIDATION` for a client id that was used for another text
 */
export async function sendChat(ctx: Context, input: SendChatInput): Promise<ChatMessage> {
  return (await sendOrRepeat(ctx, input)).message;
}

/** As `sendChat`, also telling whether the message was said before. */
export async function sendOrRepeat(
  ctx: Context,
  input: SendChatInput,
): Promise<Pick<WrittenChat, "message" | "isRepeat">> {
  const { key: traderKey } = actingTrader(ctx, input, "write");
  const { roomId, text, clientId = null } = input;
  return chatWriterOf(ctx).write({ roomId, traderKey, text, clientId }).catch(refuseWhenFull);
}

type ChatDeps = Pick<Deps, "db" | "bus" | "feeds" | "log" | "now">;

/** The writer of this process. */
export const chatWriterOf = perProcess((deps: ChatDeps) =>
  createBatchWriter<ChatWrite, WrittenChat>({
    db: deps.db,
    keyOf: ({ roomId }) => roomId,
    apply: (tx, writes) => applyChat(tx, writes, deps.now()),
    publish(results) {
      for (const { appended } of results) if (appended) publishAppended(deps.bus, appended);
    },
    publishFailed: rereadWhenUnpublished(deps, "messages"),
  }),
);

interface Prepared {
  write: ChatWrite;
  trader: TraderRecord;
}

async function applyChat(tx: Transaction, writes: readonly ChatWrite[], now: Date): Promise<Outcome<WrittenChat>[]> {
  const rooms = await lockRooms(
    tx,
    writes.map(({ roomId }) => roomId),
  );
  const traders = await lockTraders(
    tx,
    writes.map(({ traderKey }) => traderKey),
  );
  const [members, said] = await Promise.all([selectMembers(tx, writes), selectSaid(tx, writes)]);
  const fresh = new Map<string, Prepared>();
  const places = writes.map((write, index) => {
    const trader = traders.get(write.traderKey);
    const member = trader && members.get(memberKey(write.roomId, trader.id));
    const key = JSON.stringify([write.roomId, write.traderKey, write.clientId ?? index]);
    const known = said.get(key)?.text ?? fresh.get(key)?.write.text;
    const error =
      known === undefined
        ? refusalOf(rooms.get(write.roomId), member, now)
        : known === write.text
          ? null
          : tradingError("clientIdReused");
    if (!error && trader && known === undefined) fresh.set(key, { write, trader });
    return { key, error, isRepeat: known !== undefined };
  });
  const { messages, appended } = await store(tx, fresh, now);
  let owed = appended;
  return places.map(({ key, error, isRepeat }): Outcome<WrittenChat> => {
    const message = messages.get(key) ?? said.get(key);
    if (error || !message) return { ok: false, error: error ?? new Error("A message was not stored") };
    const value = { message, isRepeat, appended: owed };
    owed = null;
    return { ok: true, value };
  });
}

function refusalOf(room: RoomRecord | undefined, member: MemberRecord | undefined, now: Date): DomainError | null {
  if (!room) return tradingError("roomNotFound");
  if (member?.isRemoved) return tradingError("removed");
  if (!member?.isMember) return tradingError("notJoined");
  if (room.status === "closed") return tradingError("closed");
  const until = member.mutedUntil;
  return until !== null && Date.parse(until) > now.getTime() ? tradingError("muted", { until }) : null;
}

/** What was said before under the same client ids. */
async function selectSaid(tx: Transaction, writes: readonly ChatWrite[]): Promise<Map<string, ChatMessage>> {
  const wanted = writes.flatMap(({ roomId, traderKey, clientId }) =>
    clientId === null ? [] : [{ r: roomId, k: traderKey, c: clientId }],
  );
  if (wanted.length === 0) return new Map();
  const found = rowsOf<{ id: number; r: string; k: string; c: string }>(
    await tx.execute(sql`
      select distinct m.id, x.r, x.k, x.c from jsonb_to_recordset(${JSON.stringify(wanted)}::jsonb) as x(r uuid, k text, c text)
      join traders t on t.key = x.k join room_messages m on m.room_id = x.r and m.trader_id = t.id and m.client_id = x.c`),
  );
  const ids = JSON.stringify(found.map(({ id }) => id));
  const messages = await selectMessages(
    tx,
    sql`where m.id in (select x::bigint from jsonb_array_elements_text(${ids}::jsonb) x)`,
  );
  const byId = new Map(messages.map((message) => [message.id, message]));
  return new Map(
    found.flatMap(({ id, r, k, c }) => {
      const message = byId.get(id);
      return message ? [[JSON.stringify([r, k, c]), message] as const] : [];
    }),
  );
}

async function store(tx: Transaction, fresh: ReadonlyMap<string, Prepared>, now: Date) {
  const messages = new Map<string, ChatMessage>();
  if (fresh.size === 0) return { messages, appended: null };
  const at = now.toISOString();
  const rows = [...fresh.values()].map(({ write, trader }, ord) => ({
    ...{ ord, r: write.roomId, t: trader.id, x: write.text, c: write.clientId },
  }));
  const ids = rowsOf<{ id: number }>(
    await tx.execute(sql`
      insert into room_messages (room_id, trader_id, text, client_id, created_at) select r, t, x, c, ${at}::timestamptz
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as j(ord int, r uuid, t uuid, x text, c text) order by ord
      returning id`),
  );
  const entries = [...fresh].map(([key, { write, trader }], ord) => {
    const message = { id: ids[ord]?.id ?? 0, ...shownTrader(trader), ...wordsOf(write), at };
    messages.set(key, message);
    return roomEntry(write.roomId, { type: "messageSent", message });
  });
  return { messages, appended: await appendToLogs(tx, entries) };
}

/** What was said in a room, newest first. @throws DomainError as `sendChat` */
export async function listChat(ctx: Context, { cursor, limit, ...input }: ListChatInput): Promise<ChatPage> {
  const room = await requireRoom(ctx, input.roomId);
  if (!isStaff(ctx.actor, "trading:read")) {
    const member = await findOwnMember(ctx, input);
    if (!member?.record.isMember) throw tradingError(member?.record.isRemoved ? "removed" : "notJoined");
  }
  const before = cursor ? sql`m.id < ${cursor}::bigint` : sql`true`;
  const rows = await selectMessages(
    ctx.db,
    sql`where m.room_id = ${room.id}::uuid and ${before} order by m.id desc limit ${limit + 1}`,
  );
  const last = rows[limit - 1];
  return { messages: rows.slice(0, limit), nextCursor: rows.length > limit && last ? String(last.id) : null };
}
