import type { Database } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { asc, eq, getTableName, notLike, type SQL, sql } from "drizzle-orm";
import { recordAudit } from "../auth/audit.ts";
import type { Context, Deps } from "../context.ts";
import { pause } from "../pause.ts";
import type { SealedColumn } from "../slice.ts";
import { sealedColumns } from "./sealed-columns.ts";
import { resealCheck } from "./vault-check.ts";

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
export async function resealStale(ctx: Context, signal?: AbortSignal): Promise<Resealed> {
  const { db, vault } = ctx;
  const all: Resealed = { count: 0, unopened: [] };
  for (const column of sealedColumns()) {
    const { table, id, sealed, placeOf } = column;
    const rows = await db
      .select({ id: asText(id), sealed: asText(sealed) })
      .from(table)
      .where(isStale(column, vault.prefix))
      .orderBy(asc(id));
    for (const row of rows) {
      if (signal?.aborted) return all;
      const secret = vault.openOrNull(placeOf(row.id), row.sealed);
      if (secret === null) all.unopened.push(`${getTableName(table)}.${sealed.name}/${row.id}`);
      else if (await replace(db, column, { ...row, anew: vault.seal(placeOf(row.id), secret) })) all.count += 1;
    }
  }
  await db.transaction(async (tx) => {
    if (!(await resealCheck(tx, vault)) && all.count === 0) return;
    const details = { count: all.count, unopened: all.unopened.length };
    await recordAudit(tx, ctx, { action: "auth.secretsResealed", details });
  });
  return all;
}

/** Unless it was changed in the meantime: then it is a newer secret. @returns whether it was the one that was read */
async function replace(
  db: Database,
  { table, id, sealed }: SealedColumn,
  row: { id: string; sealed: string; anew: string },
): Promise<boolean> {
  const done = await db.execute(sql`
    update ${table} set ${sql.identifier(sealed.name)} = ${row.anew}
    where ${eq(id, row.id)} and ${eq(sealed, row.sealed)} returning 1`);
  return rowsOf(done).length > 0;
}

/** How many secrets the newest key did not seal. */
export async function countStale({ db, vault }: Pick<Deps, "db" | "vault">): Promise<number> {
  let count = 0;
  for (const column of sealedColumns()) count += await db.$count(column.table, isStale(column, vault.prefix));
  return count;
}

const isStale = ({ sealed }: SealedColumn, prefix: string): SQL => notLike(sealed, `${prefix}%`);
const asText = (column: SealedColumn["id"]) => sql<string>`${column}::text`;

/**
 * Runs `resealStale` until it is stopped, as long as an older key is given: a node that does not have the newest key yet may still
 * seal with the older one. That the older key can go is said only when the newest has sealed every secret.
 */
export async function keepResealing(ctx: Context, signal: AbortSignal): Promise<void> {
  const reported = new Set<string>();
  let said = "";
  while (!signal.aborted) {
    try {
      const { count, unopened } = await resealStale(ctx, signal);
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
