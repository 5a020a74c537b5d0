import type { Transaction } from "@pult/db/database.ts";
import { and, asc, eq, getTableColumns, getTableName, gt, notLike, type SQL, sql } from "drizzle-orm";
import { recordAudit } from "../auth/audit.ts";
import type { Context, Deps } from "../context.ts";
import { pause } from "../pause.ts";
import type { SealedColumn } from "../slice.ts";
import { sealedColumns } from "./sealed-columns.ts";
import { VaultError } from "./vault.ts";
import { resealCheck } from "./vault-check.ts";

const BATCH = 100;
const AGAIN_MS = 60_000;

export interface Resealed {
  /** Secrets that are sealed with the newest key now and were not before. */
  count: number;
  /** Secrets that no known key opens, as `table.column/id`; left as they are. */
  unopened: string[];
}

/**
 * Seals every secret with the newest key that an older one sealed, and the start's own check last: once that is done, the older key is
 * needed no more. May be stopped, or killed, at any moment and run again, and run on several nodes at once.
 */
export async function resealStale(
  ctx: Context,
  columns: readonly SealedColumn[] = sealedColumns(),
  signal?: AbortSignal,
): Promise<Resealed> {
  const all: Resealed = { count: 0, unopened: [] };
  for (const column of columns) {
    for (let after: string | null = null; !signal?.aborted; ) {
      const batch = await resealBatch(ctx, column, after);
      all.count += batch.count;
      all.unopened.push(...batch.unopened);
      if (batch.last === null) break;
      after = batch.last;
    }
  }
  if (signal?.aborted) return all;
  await ctx.db.transaction(async (tx) => {
    if (!(await resealCheck(tx, ctx.vault)) && all.count === 0) return;
    const details = { count: all.count, unopened: all.unopened.length };
    await recordAudit(tx, ctx, { action: "auth.secretsResealed", details });
  });
  return all;
}

interface Batch extends Resealed {
  /** The highest id that was looked at; null when there are no more. */
  last: string | null;
}

async function resealBatch({ db, vault }: Deps, column: SealedColumn, after: string | null): Promise<Batch> {
  const { table, id, placeOf } = column;
  const rows = await db
    .select({ id: asText(id), sealed: asText(column.sealed) })
    .from(table)
    .where(and(isStale(column, vault.prefix), after === null ? undefined : gt(id, after)))
    .orderBy(asc(id))
    .limit(BATCH);
  const batch: Batch = { count: 0, unopened: [], last: rows.at(-1)?.id ?? null };
  await db.transaction(async (tx) => {
    for (const row of rows) {
      const secret = openOrNull(() => vault.open(placeOf(row.id), row.sealed));
      if (secret === null) batch.unopened.push(`${nameOf(column)}/${row.id}`);
      else if (await replace(tx, column, { ...row, anew: vault.seal(placeOf(row.id), secret) })) batch.count += 1;
    }
  });
  return batch;
}

/** Unless it was changed in the meantime: then it is a newer secret. */
async function replace(
  tx: Transaction,
  column: SealedColumn,
  { id, sealed, anew }: { id: string; sealed: string; anew: string },
): Promise<boolean> {
  const done = await tx
    .update(column.table)
    .set({ [keyOf(column)]: anew })
    .where(and(eq(column.id, id), eq(column.sealed, sealed)))
    .returning({ id: column.id });
  return done.length > 0;
}

/** How many secrets the newest key did not seal. */
export async function countStale({ db, vault }: Pick<Deps, "db" | "vault">): Promise<number> {
  let count = 0;
  for (const column of sealedColumns()) count += await db.$count(column.table, isStale(column, vault.prefix));
  return count;
}

const isStale = ({ sealed }: SealedColumn, prefix: string): SQL => notLike(sealed, `${prefix}%`);
const asText = (column: SealedColumn["id"]) => sql<string>`${column}::text`;
const nameOf = ({ table, sealed }: SealedColumn): string => `${getTableName(table)}.${sealed.name}`;

/** What the schema calls the column, which is not what the database calls it. */
function keyOf({ table, sealed }: SealedColumn): string {
  const found = Object.entries(getTableColumns(table)).find(([, column]) => column === sealed);
  if (!found) throw new Error(`${sealed.name} is no column of ${getTableName(table)}`);
  return found[0];
}

function openOrNull(open: () => string): string | null {
  try {
    return open();
  } catch (error) {
    if (error instanceof VaultError) return null;
    throw error;
  }
}

/**
 * Runs `resealStale` until it is stopped, as long as an older key is given: a node that does not have the newest key yet may still
 * seal with the older one. That the older key can go is said only when the newest has sealed every secret.
 */
export async function keepResealing(ctx: Context, signal: AbortSignal): Promise<void> {
  const reported = new Set<string>();
  let said = "";
  while (!signal.aborted) {
    try {
      const { count, unopened } = await resealStale(ctx, sealedColumns(), signal);
      for (const name of unopened.filter((one) => !reported.has(one))) {
        reported.add(name);
        ctx.log.error(
          { row: name },
          "A secret was sealed with a key that is not known, or changed; it is left as it is",
        );
      }
      if (signal.aborted) return;
      const stale = await countStale(ctx);
      const [level, words] = stale === 0 ? (["info", DONE] as const) : (["warn", NOT_DONE] as const);
      if (count > 0 || words !== said) ctx.log[level]({ count, stale, unopened: unopened.length }, words);
      said = words;
    } catch (error) {
      ctx.log.error({ err: error }, "Secrets could not be sealed anew; trying again");
    }
    await pause(AGAIN_MS, signal);
  }
}

const DONE = "Secrets are sealed with ENCRYPTION_KEY now; ENCRYPTION_KEY_PREVIOUS can go";
const NOT_DONE = "Not all secrets are sealed with ENCRYPTION_KEY yet; ENCRYPTION_KEY_PREVIOUS has to stay";
