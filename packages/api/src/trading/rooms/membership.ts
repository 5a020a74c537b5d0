import { createBatchWriter, type Outcome } from "@pult/db/batch-writer.ts";
import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Context, Deps } from "../../context.ts";
import type { DomainError } from "../../errors.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { perProcess } from "../../per-process.ts";
import { type Appended, appendToLogs, publishAppended } from "../../realtime/log.ts";
import { GRANT } from "../curve.ts";
import { tradingError } from "../errors.ts";
import { roomEntry } from "../events.ts";
import { openAccounts, postTransfers, type Transfer } from "../ledger/post.ts";
import { refuseWhenFull, rereadWhenUnpublished } from "../publishing.ts";
import type { MemberInput } from "../schema.ts";
import {
  actingTrader,
  ensureTraders,
  lockTraders,
  shownTrader,
  type TraderRecord,
  type TraderRef,
} from "../traders.ts";
import { oweRight } from "../voice/rights.ts";
import { type MemberRecord, memberKey, selectMembers } from "./members.ts";
import { lockRooms, type RoomRecord } from "./rows.ts";

type JoinDeps = Pick<Deps, "db" | "bus" | "feeds" | "log" | "now">;

interface Join {
  roomId: string;
  trader: TraderRef;
}
interface Joined {
  /** Of the whole batch, on its first result only. */
  appended: Appended | null;
}

/**
 * Lets the caller into a room; the first time with 10 virtual SOL. A repeat changes nothing.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for those whom a moderator removed, `NOT_FOUND`, `CONFLICT` for a closed room
 */
export async function joinRoom(ctx: Context, input: MemberInput): Promise<void> {
  const trader = actingTrader(ctx, input, "write");
  await joinWriterOf(ctx).write({ roomId: input.roomId, trader }).catch(refuseWhenFull);
}

/** The writer of this process: those who come at once share a transaction. */
export const joinWriterOf = perProcess((deps: JoinDeps) =>
  createBatchWriter<Join, Joined>({
    db: deps.db,
    keyOf: ({ roomId }) => roomId,
    apply: (tx, joins) => applyJoins(tx, joins, deps.now()),
    publish(results) {
      for (const { appended } of results) if (appended) publishAppended(deps.bus, appended);
    },
    publishFailed: rereadWhenUnpublished(deps, "joins"),
  }),
);

async function applyJoins(tx: Transaction, joins: readonly Join[], now: Date): Promise<Outcome<Joined>[]> {
  const rooms = await lockRooms(
    tx,
    joins.map(({ roomId }) => roomId),
  );
  const wanted = joins.filter(({ roomId }) => rooms.has(roomId)).map(({ trader }) => trader);
  await ensureTraders(tx, wanted, now);
  const traders = await lockTraders(
    tx,
    wanted.map(({ key }) => key),
  );
  const pairs = joins.map(({ roomId, trader }) => ({ roomId, traderKey: trader.key }));
  const members = await selectMembers(tx, pairs);
  const entering = new Map<string, Entering>();
  const outcomes = joins.map(({ roomId, trader: { key } }): Outcome<Joined> => {
    const [room, trader] = [rooms.get(roomId), traders.get(key)];
    const member = trader ? members.get(memberKey(roomId, trader.id)) : undefined;
    const error = refusalOf(room, member);
    if (error) return { ok: false, error };
    if (room && trader && !member?.isMember) entering.set(memberKey(roomId, trader.id), { room, trader, member });
    return { ok: true, value: { appended: null } };
  });
  const appended = await enter(tx, [...entering.values()], now);
  const first = outcomes.find((outcome) => outcome.ok);
  if (first?.ok) first.value.appended = appended;
  return outcomes;
}

function refusalOf(room: RoomRecord | undefined, member: MemberRecord | undefined): DomainError | null {
  if (!room) return tradingError("roomNotFound");
  if (member?.isRemoved) return tradingError("removed");
  return room.status === "closed" && !member ? tradingError("closed") : null;
}

interface Entering {
  room: RoomRecord;
  trader: TraderRecord;
  /** Of one who comes back. */
  member: MemberRecord | undefined;
}

async function enter(tx: Transaction, entering: readonly Entering[], now: Date): Promise<Appended | null> {
  if (entering.length === 0) return null;
  await welcome(
    tx,
    entering.filter(({ member }) => !member),
    now,
  );
  const back = entering.filter(({ member }) => member).map(({ room, trader }) => ({ r: room.id, t: trader.id }));
  await tx.execute(sql`
    update room_members m set left_at = null from jsonb_to_recordset(${JSON.stringify(back)}::jsonb) as x(r uuid, t uuid)
    where m.room_id = x.r and m.trader_id = x.t`);
  return appendToLogs(
    tx,
    entering.map(({ room, trader }) => roomEntry(room.id, { type: "joined", ...shownTrader(trader), at: iso(now) })),
  );
}

const iso = (now: Date): string => now.toISOString();

/** Accounts and, where there is trade, the grant of those who come for the first time. */
async function welcome(tx: Transaction, fresh: readonly Entering[], now: Date): Promise<void> {
  if (fresh.length === 0) return;
  const accounts = await openAccounts(
    tx,
    fresh.flatMap(({ room, trader }) =>
      (["sol", "token"] as const).map((asset) => ({
        roomId: room.id,
        ownerId: trader.id,
        kind: "trader" as const,
        asset,
      })),
    ),
  );
  const rows = fresh.map(({ room, trader }, at) => ({
    r: room.id,
    t: trader.id,
    s: accounts[at * 2],
    k: accounts[at * 2 + 1],
  }));
  await tx.execute(sql`
    insert into room_members (room_id, trader_id, joined_at, sol_account_id, token_account_id)
    select r, t, ${iso(now)}::timestamptz, s, k
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(r uuid, t uuid, s bigint, k bigint)`);
  const grants = fresh.flatMap(({ room, trader }, at): Transfer[] =>
    room.status === "open" ? [grantOf(room, trader, accounts[at * 2] ?? 0)] : [],
  );
  await postTransfers(tx, grants, now);
  const sequences = [...new Set(fresh.map(({ room }) => room))].map(({ id, sequence }) => ({ id, sequence }));
  await tx.execute(sql`
    update rooms r set sequence = x.sequence
    from jsonb_to_recordset(${JSON.stringify(sequences)}::jsonb) as x(id uuid, sequence bigint) where r.id = x.id`);
}

function grantOf(room: RoomRecord, trader: TraderRecord, accountId: number): Transfer {
  room.sequence += 1;
  return {
    roomId: room.id,
    sequence: room.sequence,
    kind: "grant",
    traderId: trader.id,
    // Once in a room, whatever happens.
    requestKey: "grant",
    fingerprint: "grant",
    entries: [
      { accountId: room.issuedSolId, asset: "sol", amount: -GRANT },
      { accountId, asset: "sol", amount: GRANT },
    ],
  };
}

/** Leaves a room; what the trader has there stays theirs. A repeat changes nothing. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function leaveRoom(ctx: Context, input: MemberInput): Promise<void> {
  const { key } = actingTrader(ctx, input, "write");
  const { roomId } = input;
  const appended = await ctx.db.transaction(async (tx) => {
    const room = (await lockRooms(tx, [roomId])).get(roomId);
    if (!room) throw tradingError("roomNotFound");
    const trader = (await lockTraders(tx, [key])).get(key);
    const left = trader
      ? rowsOf(
          await tx.execute(sql`
            update room_members set left_at = ${iso(ctx.now())}::timestamptz, hand_raised_at = null
            where room_id = ${roomId}::uuid and trader_id = ${trader.id}::uuid and left_at is null returning 1 as one`),
        )
      : [];
    if (!trader || left.length === 0) return null;
    await oweRight(tx, ctx, { roomId, traderId: trader.id });
    return appendToLogs(tx, [roomEntry(roomId, { type: "left", ...shownTrader(trader), at: iso(ctx.now()) })]);
  });
  if (!appended) return;
  publishAppended(ctx.bus, appended);
  publishDue(ctx.bus);
}
