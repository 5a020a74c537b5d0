import type { Database } from "@pult/db/database.ts";
import { deleteInBatches } from "@pult/db/delete-in-batches.ts";
import { oneTimeTokens, strangerSignIns } from "@pult/db/schema/auth.ts";
import { sql } from "drizzle-orm";
import { FORGOTTEN_AFTER_MS } from "../auth/account/attempts.ts";
import type { Purpose } from "../auth/one-time.ts";

/** Made by the thousand, valid for minutes or as long as what they belong to. */
const SHORT_LIVED: readonly Purpose[] = ["ticket", "passkeyChallenge", "telegramLogin", "walletProof", "initData"];

/** Deletes what can no longer be used, however long links are kept. */
export async function dropConsumed(db: Database, now: Date): Promise<void> {
  const expired = sql`expires_at < ${now.toISOString()}::timestamptz`;
  const purposes = sql.join(
    SHORT_LIVED.map((purpose) => sql`${purpose}`),
    sql`, `,
  );
  await deleteInBatches(db, {
    table: oneTimeTokens,
    where: sql`${expired} and (used_at is not null or purpose in (${purposes}))`,
  });
  const forgotten = new Date(now.getTime() - FORGOTTEN_AFTER_MS).toISOString();
  await deleteInBatches(db, { table: strangerSignIns, where: sql`locked_until < ${forgotten}::timestamptz` });
}
