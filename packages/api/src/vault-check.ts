import type { Database, Transaction } from "@pult/db/database.ts";
import { settings } from "@pult/db/schema/realtime.ts";
import { and, eq } from "drizzle-orm";
import type { Vault } from "./vault.ts";

/** The key is not the one that the database's secrets were sealed with: the start stops. */
export class WrongKeyError extends Error {
  constructor(cause: unknown) {
    super(
      "ENCRYPTION_KEY does not open the secrets in this database, and neither does ENCRYPTION_KEY_PREVIOUS. " +
        "Give the key that they were sealed with; a key that Pult made for itself lies in secrets.json in DATA_DIR, as encryptionKey. " +
        "Nothing was changed.",
      { cause },
    );
    this.name = "WrongKeyError";
  }
}

const KEY = "vault.check";
const PLACE = `settings/${KEY}`;
const TEXT = "Pult opens this with the right key";

/**
 * Seals a known text at the first start, and opens it at every later one: a wrong key is found before anything is served or written.
 * Of nodes that start together the first one's counts for all.
 * @throws WrongKeyError
 */
export async function checkVault(db: Database, vault: Vault): Promise<void> {
  await db
    .insert(settings)
    .values({ key: KEY, value: vault.seal(PLACE, TEXT) })
    .onConflictDoNothing();
  const sealed = await readCheck(db);
  try {
    if (sealed === null || vault.open(PLACE, sealed) !== TEXT) throw new Error("Another text than was sealed");
  } catch (error) {
    throw new WrongKeyError(error);
  }
}

/** Seals the known text with the newest key: from then on a start needs no older one. @returns whether it was another key's before */
export async function resealCheck(db: Database | Transaction, vault: Vault): Promise<boolean> {
  const sealed = await readCheck(db);
  if (sealed === null || !vault.isStale(sealed)) return false;
  const done = await db
    .update(settings)
    .set({ value: vault.seal(PLACE, vault.open(PLACE, sealed)) })
    .where(and(eq(settings.key, KEY), eq(settings.value, sealed)))
    .returning({ key: settings.key });
  return done.length > 0;
}

async function readCheck(db: Database | Transaction): Promise<string | null> {
  const [row] = await db.select({ value: settings.value }).from(settings).where(eq(settings.key, KEY));
  return typeof row?.value === "string" ? row.value : null;
}
