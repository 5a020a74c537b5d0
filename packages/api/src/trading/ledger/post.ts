import type { Transaction } from "@pult/db/database.ts";
import { rowsOf, tableOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";

export type Asset = "sol" | "token";
export type TransferKind = "mint" | "grant" | "buy" | "sell" | "claim";

export interface Entry {
  accountId: number;
  asset: Asset;
  /** Lamports or units; what leaves the account is below zero. */
  amount: bigint;
}

/** What moves, as one. */
export interface Transfer {
  /** Null for what is of no room. */
  roomId: string | null;
  sequence: number | null;
  kind: TransferKind;
  /** Null for a mint. */
  traderId: string | null;
  requestKey: string;
  fingerprint: string;
  /** Sum to zero for each asset; those of nothing are left out. */
  entries: readonly Entry[];
}

interface NewAccount {
  /** Null for one of a trader in all rooms. */
  roomId: string | null;
  ownerId: string | null;
  kind: "curve" | "fees" | "issuance" | "trader" | "rewards" | "claimed";
  asset: Asset;
}

/** Opens accounts. @returns their ids, in the same order */
export async function openAccounts(tx: Transaction, accounts: readonly NewAccount[]): Promise<number[]> {
  const ids = await takeNumbers(tx, "ledger_accounts", accounts.length);
  const rows = accounts.map((account, at) => ({ ...account, id: ids[at] }));
  const columns = { id: "bigint", roomId: "uuid", ownerId: "uuid", kind: "text", asset: "text" } as const;
  await tx.execute(sql`
    insert into ledger_accounts (id, room_id, owner_id, kind, asset) select * from ${tableOf(rows, columns)}`);
  return ids;
}

/**
 * Stores transfers with their entries, and changes the balances. The caller has locked what owns the accounts, a room or traders;
 * the database refuses entries that do not sum to zero, and balances below it.
 */
export async function postTransfers(tx: Transaction, transfers: readonly Transfer[], now: Date): Promise<void> {
  if (transfers.length === 0) return;
  const ids = await takeNumbers(tx, "ledger_transfers", transfers.length);
  const rows = transfers.map((transfer, at) => ({ ...transfer, id: ids[at] }));
  const entries = transfers.flatMap(({ entries: list }, at) =>
    list.filter(({ amount }) => amount !== 0n).map((entry) => ({ ...entry, transferId: ids[at] })),
  );
  const sums = new Map<number, bigint>();
  for (const { accountId, amount } of entries) sums.set(accountId, (sums.get(accountId) ?? 0n) + amount);
  const changes = [...sums].map(([accountId, amount]) => ({ accountId, amount }));
  await Promise.all([
    tx.execute(sql`
      insert into ledger_transfers (id, room_id, sequence, kind, trader_id, request_key, fingerprint, created_at)
      select x.*, ${now.toISOString()}::timestamptz from ${tableOf(rows, TRANSFER)}`),
    tx.execute(sql`
      insert into ledger_entries (transfer_id, account_id, asset, amount) select * from ${tableOf(entries, ENTRY)}`),
    tx.execute(sql`
      update ledger_accounts a set balance = a.balance + x.amount from ${tableOf(changes, CHANGE)} where a.id = x."accountId"`),
  ]);
}

const TRANSFER = {
  id: "bigint",
  roomId: "uuid",
  sequence: "bigint",
  kind: "text",
  traderId: "uuid",
  requestKey: "text",
  fingerprint: "text",
} as const;
const ENTRY = { transferId: "bigint", accountId: "bigint", asset: "text", amount: "bigint" } as const;
const CHANGE = { accountId: "bigint", amount: "bigint" } as const;

/** The next numbers of a table, never given out again. */
async function takeNumbers(
  tx: Transaction,
  table: "ledger_accounts" | "ledger_transfers",
  count: number,
): Promise<number[]> {
  const rows = rowsOf<{ id: number | string }>(
    await tx.execute(
      sql`select nextval(pg_get_serial_sequence(${table}, 'id')) as id from generate_series(1, ${count}::int)`,
    ),
  );
  return rows.map(({ id }) => Number(id));
}
