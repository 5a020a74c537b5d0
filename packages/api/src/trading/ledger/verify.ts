import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { type Curve, type Fill, fillOrder, GRANT, type Order, START, volumeOf } from "../curve.ts";
import { tradingError } from "../errors.ts";
import { findRoom, type RoomRecord } from "../rooms/rows.ts";
import type { RoomInput, Verification } from "../schema.ts";

const TRANSFERS_AT_ONCE = 2_000;
const MAX_DIFFERENCES = 100;

/**
 * Replays a room from its ledger and compares: every transfer with the curve, every balance with its entries, the room with the end of
 * the replay. Reads one moment, and holds up nothing.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`
 */
export async function verifyRoom(ctx: Context, { roomId }: RoomInput): Promise<Verification> {
  requireStaff(ctx.actor, "trading:read");
  return ctx.db.transaction(
    async (tx) => {
      const room = await findRoom(tx, roomId);
      if (!room) throw tradingError("roomNotFound");
      const replay = new Replay(room);
      for (;;) {
        const rows = await selectTransfers(tx, room.id, replay.sequence);
        for (const row of rows) replay.take(row);
        if (rows.length < TRANSFERS_AT_ONCE) break;
      }
      replay.end();
      await compareAccounts(tx, room.id, replay);
      const { sequence: transfers, trades, differences } = replay;
      return { roomId, isExact: differences.length === 0, transfers, trades, differences };
    },
    { isolationLevel: "repeatable read", accessMode: "read only" },
  );
}

/** A transfer with the sums of its entries by the kind of account, and its trade where it is one. */
interface TransferRow {
  sequence: number;
  kind: string;
  curveSol: string;
  curveToken: string;
  traderSol: string;
  traderToken: string;
  /** What the room keeps of the fee, and what accrues to the trader. */
  fees: string;
  issuedSol: string;
  issuedToken: string;
  /** Entries of accounts that have no part in it. */
  stray: string;
  isBuy: boolean | null;
  amountIn: string | null;
  amountOut: string | null;
  fee: string | null;
  sol: string | null;
  token: string | null;
}

async function selectTransfers(tx: Transaction, roomId: string, after: number): Promise<TransferRow[]> {
  const sum = (kinds: string, asset: string) =>
    sql.raw(`coalesce(sum(e.amount) filter (where a.kind in (${kinds}) and e.asset = '${asset}'), 0)::text`);
  return rowsOf<TransferRow>(
    await tx.execute(sql`
      select l.sequence, l.kind, ${sum("'curve'", "sol")} as "curveSol", ${sum("'curve'", "token")} as "curveToken",
        ${sum("'trader'", "sol")} as "traderSol", ${sum("'trader'", "token")} as "traderToken",
        ${sum("'fees', 'rewards'", "sol")} as fees, ${sum("'issuance'", "sol")} as "issuedSol",
        ${sum("'issuance'", "token")} as "issuedToken",
        count(e.account_id) filter (where a.id is null)::text as stray, d.is_buy as "isBuy", d.amount_in::text as "amountIn",
        d.amount_out::text as "amountOut", d.fee::text, d.sol_reserve::text as sol, d.token_reserve::text as token
      from ledger_transfers l
      left join ledger_entries e on e.transfer_id = l.id
      left join ledger_accounts a on a.id = e.account_id and a.asset = e.asset
        and (a.room_id = l.room_id or (a.room_id is null and a.owner_id = l.trader_id))
        and (a.owner_id is null or a.owner_id = l.trader_id)
      left join trades d on d.room_id = l.room_id and d.sequence = l.sequence and d.trader_id = l.trader_id
      where l.room_id = ${roomId}::uuid and l.sequence > ${after}::bigint
      group by l.id, d.room_id, d.sequence order by l.sequence limit ${TRANSFERS_AT_ONCE}`),
  );
}

/** Follows the curve from transfer to transfer. */
class Replay {
  readonly differences: Verification["differences"] = [];
  /** Of the last transfer. */
  sequence = 0;
  trades = 0;
  #curve: Curve = { ...START, forSale: 0n };
  #volume = 0n;
  readonly #room: RoomRecord;

  constructor(room: RoomRecord) {
    this.#room = room;
  }

  compare(what: string, expected: bigint | string | number, found: bigint | string | number | null): void {
    if (String(expected) === String(found) || this.differences.length >= MAX_DIFFERENCES) return;
    this.differences.push({ what, expected: String(expected), found: String(found) });
  }

  take(row: TransferRow): void {
    this.sequence += 1;
    this.compare("sequence", this.sequence, row.sequence);
    this.sequence = row.sequence;
    const expected = this.#expected(row);
    if (!expected) {
      this.compare(`transfer ${row.sequence}`, "a trade of the curve", `${row.kind} ${row.amountIn} ${row.amountOut}`);
      return;
    }
    for (const [name, value] of Object.entries(expected))
      this.compare(`transfer ${row.sequence} ${name}`, value, row[name as keyof TransferRow] as string);
  }

  /** What its entries must sum to; null for a trade that the curve does not make. */
  #expected(row: TransferRow): Record<keyof typeof NOTHING, bigint> | null {
    if (row.kind === "mint") {
      this.#curve = START;
      return { ...NOTHING, issuedToken: -START.forSale, curveToken: START.forSale };
    }
    if (row.kind === "grant") return { ...NOTHING, issuedSol: -GRANT, traderSol: GRANT };
    const made = fillOf(this.#curve, row, this.#room.feeBps);
    if (!made) return null;
    const { side, fill } = made;
    this.trades += 1;
    this.#curve = fill.after;
    this.#volume += volumeOf({ side }, fill);
    const isBuy = side === "buy";
    return {
      ...NOTHING,
      curveSol: isBuy ? fill.moved : -fill.moved,
      curveToken: isBuy ? -fill.out : fill.in,
      traderSol: isBuy ? -fill.in : fill.out,
      traderToken: isBuy ? fill.out : -fill.in,
      fees: fill.fee,
    };
  }

  end(): void {
    const { curve, sequence, tradeCount, volume, status } = this.#room;
    this.compare("room sequence", this.sequence, sequence);
    this.compare("room trades", this.trades, tradeCount);
    this.compare("room volume", this.#volume, volume);
    for (const name of ["sol", "token", "forSale"] as const)
      this.compare(`room ${name}`, this.#curve[name], curve[name]);
    if (status !== "closed") this.compare("room status", curve.forSale === 0n ? "completed" : "open", status);
  }

  /** What the room's own accounts hold after the last transfer. */
  get held(): { sol: bigint; token: bigint } {
    return { sol: this.#curve.sol - START.sol, token: this.#curve.forSale };
  }
}

const NOTHING = {
  curveSol: 0n,
  curveToken: 0n,
  traderSol: 0n,
  traderToken: 0n,
  fees: 0n,
  issuedSol: 0n,
  issuedToken: 0n,
  stray: 0n,
};

/** The trade as the curve makes it, by what was given or by what was got. */
function fillOf(curve: Curve, row: TransferRow, feeBps: number): { side: Order["side"]; fill: Fill } | null {
  const { kind, isBuy, amountIn, amountOut, fee, sol, token } = row;
  if (amountIn === null || amountOut === null || (kind === "buy") !== isBuy) return null;
  const side = isBuy ? "buy" : "sell";
  const orders: Order[] = [
    { side, exact: "in", amount: BigInt(amountIn) },
    { side, exact: "out", amount: BigInt(amountOut) },
  ];
  const stored = [amountIn, amountOut, fee, sol, token].join();
  for (const order of orders) {
    const fill = fillOrder(curve, order, feeBps);
    if (fill && [fill.in, fill.out, fill.fee, fill.after.sol, fill.after.token].join() === stored)
      return { side, fill };
  }
  return null;
}

/** Balances of the room, and of its traders in all rooms, are the sums of their entries; the curve's are what the replay left. */
async function compareAccounts(tx: Transaction, roomId: string, replay: Replay): Promise<void> {
  const rows = rowsOf<{ id: number; kind: string; asset: string; balance: string; sum: string }>(
    await tx.execute(sql`
      with members as (select trader_id from room_members where room_id = ${roomId}::uuid),
      transfers as (
        select id from ledger_transfers where room_id = ${roomId}::uuid
        union select l.id from members join room_members using (trader_id) join ledger_transfers l using (room_id, trader_id)
        union select l.id from members m join ledger_transfers l on l.room_id is null and l.trader_id = m.trader_id),
      moved as (
        select e.account_id, sum(e.amount) as sum from transfers l join ledger_entries e on e.transfer_id = l.id group by e.account_id)
      select a.id, a.kind, a.asset, a.balance::text, coalesce(m.sum, 0)::text as sum
      from ledger_accounts a left join moved m on m.account_id = a.id
      where (a.room_id = ${roomId}::uuid or (a.room_id is null and a.owner_id in (select * from members)))
        and (a.kind = 'curve' or a.balance <> coalesce(m.sum, 0))`),
  );
  for (const { id, kind, asset, balance, sum } of rows) {
    replay.compare(`balance of account ${id}`, sum, balance);
    if (kind === "curve") replay.compare(`${asset} of the curve`, replay.held[asset as "sol" | "token"], balance);
  }
  const stray = rowsOf<{ id: number; asset: string; sum: string }>(
    await tx.execute(sql`
      select l.id, e.asset, sum(e.amount)::text as sum from ledger_transfers l join ledger_entries e on e.transfer_id = l.id
      where l.room_id = ${roomId}::uuid group by l.id, e.asset having sum(e.amount) <> 0 limit ${MAX_DIFFERENCES}`),
  );
  for (const { id, asset, sum } of stray) replay.compare(`${asset} of transfer ${id}`, 0, sum);
}
