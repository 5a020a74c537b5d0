import { randomBytes } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { base58 } from "@scure/base";
import { sql } from "drizzle-orm";
import { actorKeyOf, isUnproven } from "../../actor.ts";
import { recordAudit } from "../../auth/audit.ts";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { hashOf, requestKeyOf } from "../amounts.ts";
import { START } from "../curve.ts";
import { tradingError } from "../errors.ts";
import { rewardsTopic } from "../events.ts";
import { openAccounts, postTransfers } from "../ledger/post.ts";
import type { CreateRoomInput, RoomSummary } from "../schema.ts";
import { rewardsOf } from "../tiers.ts";
import { ensureTraders, lockTraders, selfOf, type TraderRecord } from "../traders.ts";
import { type RoomRecord, selectRooms, toSummary } from "./rows.ts";

/** Open rooms of one trader at most. */
export const MAX_OPEN_ROOMS = 20;

/**
 * Opens a room with a token of its own, all of it in the room's account.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for callers who only named an id, `CONFLICT` for a trader with too many open rooms,
 *   `VALIDATION` for a client id that was used
 */
export async function createRoom(ctx: Context, input: CreateRoomInput): Promise<RoomSummary> {
  if (ctx.actor.kind !== "customer") requireStaff(ctx.actor, "trading:write");
  if (isUnproven(ctx.actor)) throw tradingError("unprovenCreator");
  const { name, feeBps, clientId } = input;
  const requestKey = hashOf(actorKeyOf(ctx.actor), requestKeyOf(clientId));
  const fingerprint = hashOf(name, feeBps);
  const { room, launched } = await ctx.db.transaction(async (tx) => {
    const creator = await lockCreator(tx, ctx);
    const known = await repeated(tx, requestKey, fingerprint);
    if (known) return { room: known, launched: null };
    if (creator) await requireFewRooms(tx, creator);
    const room = await insertRoom(tx, { name, feeBps, creator, requestKey, fingerprint, now: ctx.now() });
    await recordAudit(tx, ctx, { action: "rooms.created", target: { kind: "room", id: room.id } });
    return { room, launched: creator && { ...creator, launches: creator.launches + 1 } };
  });
  if (launched) ctx.bus.publishLatest(rewardsTopic.name(launched.key), rewardsOf(launched));
  return toSummary(room);
}

/** Null for a key, which is no trader. */
async function lockCreator(tx: Transaction, { actor, now }: Context): Promise<TraderRecord | null> {
  const self = selfOf(actor);
  if (!self) return null;
  await ensureTraders(tx, [self], now());
  return (await lockTraders(tx, [self.key])).get(self.key) ?? null;
}

async function repeated(tx: Transaction, requestKey: string, fingerprint: string): Promise<RoomRecord | null> {
  // Two of one key at once: the second waits for the first.
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${requestKey}, 0))`);
  const [room] = await selectRooms(tx, sql`where r.request_key = ${requestKey}`);
  if (!room) return null;
  const [same] = rowsOf(
    await tx.execute(sql`select 1 from rooms where id = ${room.id}::uuid and fingerprint = ${fingerprint}`),
  );
  if (!same) throw tradingError("clientIdReused");
  return room;
}

async function requireFewRooms(tx: Transaction, { id }: TraderRecord): Promise<void> {
  const [row] = rowsOf<{ count: number | string }>(
    await tx.execute(sql`select count(*) as count from rooms where creator_id = ${id}::uuid and status = 'open'`),
  );
  const count = Number(row?.count ?? 0);
  if (count >= MAX_OPEN_ROOMS) throw tradingError("tooManyRooms", { count });
}

interface NewRoom {
  name: string;
  feeBps: number;
  creator: TraderRecord | null;
  requestKey: string;
  fingerprint: string;
  now: Date;
}

async function insertRoom(tx: Transaction, given: NewRoom): Promise<RoomRecord> {
  const { name, feeBps, creator, requestKey, fingerprint, now } = given;
  const roomId = crypto.randomUUID();
  const own = { roomId, ownerId: null };
  const [issuedToken, curveToken, curveSol, fees, issuedSol] = await openAccounts(tx, [
    { ...own, kind: "issuance", asset: "token" },
    { ...own, kind: "curve", asset: "token" },
    { ...own, kind: "curve", asset: "sol" },
    { ...own, kind: "fees", asset: "sol" },
    { ...own, kind: "issuance", asset: "sol" },
  ]);
  if (!issuedToken || !curveToken) throw new Error("The accounts were not opened");
  await tx.execute(sql`
    insert into rooms (id, name, token_mint, creator_id, request_key, fingerprint, fee_bps, sol_reserve, token_reserve, for_sale,
      sequence, curve_sol_id, curve_token_id, fees_id, issued_sol_id, created_at)
    values (${roomId}::uuid, ${name}, ${base58.encode(randomBytes(32))}, ${creator?.id ?? null}::uuid, ${requestKey}, ${fingerprint},
      ${feeBps}::int, ${String(START.sol)}::bigint, ${String(START.token)}::bigint, ${String(START.forSale)}::bigint,
      1, ${curveSol}, ${curveToken}, ${fees}, ${issuedSol}, ${now.toISOString()}::timestamptz)`);
  if (creator) await tx.execute(sql`update traders set launches = launches + 1 where id = ${creator.id}::uuid`);
  const mint = { roomId, sequence: 1, kind: "mint" as const, traderId: null, requestKey: "mint", fingerprint: "mint" };
  const entries = [
    { accountId: issuedToken, asset: "token" as const, amount: -START.forSale },
    { accountId: curveToken, asset: "token" as const, amount: START.forSale },
  ];
  await postTransfers(tx, [{ ...mint, entries }], now);
  const [room] = await selectRooms(tx, sql`where r.id = ${roomId}::uuid`);
  if (!room) throw new Error("The room was not stored");
  return room;
}
