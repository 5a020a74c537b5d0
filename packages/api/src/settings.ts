import type { Database, Transaction } from "@pult/db/database.ts";
import { settings } from "@pult/db/schema/realtime.ts";
import { eq } from "drizzle-orm";

/** A small fact of the installation; null where it was never written down. */
export async function readSetting<Value>(db: Database | Transaction, key: string): Promise<Value | null> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, key));
  return row ? (row.value as Value) : null;
}

export async function writeSetting(db: Database | Transaction, key: string, value: unknown): Promise<void> {
  await db.insert(settings).values({ key, value }).onConflictDoUpdate({ target: settings.key, set: { value } });
}
