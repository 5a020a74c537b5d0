import type { Database, Transaction } from "@pult/db/database.ts";
import { settings } from "@pult/db/schema/realtime.ts";
import { and, eq, isNotNull } from "drizzle-orm";
import { z } from "zod";
import { readSetting } from "../settings.ts";
import { sealedColumns } from "./sealed-columns.ts";
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
 * Of nodes that start together the first one's counts for all. The text of a key that an installation made for itself gives way to any
 * other key as long as nothing else was sealed with it: a database may move on without its first `DATA_DIR`.
 * @throws WrongKeyError
 */
export async function checkVault(db: Database, vault: Vault): Promise<void> {
  await db
    .insert(settings)
    .values({ key: KEY, value: newCheck(vault) })
    .onConflictDoNothing();
  const check = await readCheck(db);
  try {
    if (check === null || vault.open(PLACE, check.sealed) !== TEXT) throw new Error("Another text than was sealed");
  } catch (error) {
    if (!check?.isOwn || (await hasSecrets(db))) throw new WrongKeyError(error);
    await db
      .update(settings)
      .set({ value: newCheck(vault) })
      .where(and(eq(settings.key, KEY), eq(settings.value, check.value)));
  }
}

/** As stored: the sealed text of a key that was given, `{ own }` of one that was made. */
function newCheck(vault: Vault): string | { own: string } {
  const sealed = vault.seal(PLACE, TEXT);
  return vault.isOwn ? { own: sealed } : sealed;
}

async function hasSecrets(db: Database): Promise<boolean> {
  for (const { table, sealed } of sealedColumns()) if ((await db.$count(table, isNotNull(sealed))) > 0) return true;
  return false;
}

/** Seals the known text with the newest key: from then on a start needs no older one. @returns whether it was another key's before */
export async function resealCheck(db: Database | Transaction, vault: Vault): Promise<boolean> {
  const check = await readCheck(db);
  if (check === null || check.sealed.startsWith(vault.prefix)) return false;
  vault.open(PLACE, check.sealed);
  const done = await db
    .update(settings)
    .set({ value: newCheck(vault) })
    .where(and(eq(settings.key, KEY), eq(settings.value, check.value)))
    .returning({ key: settings.key });
  return done.length > 0;
}

const storedCheck = z.union([z.string(), z.object({ own: z.string() })]);

async function readCheck(db: Database | Transaction) {
  const value = storedCheck.safeParse(await readSetting(db, KEY)).data;
  if (value === undefined) return null;
  const isOwn = typeof value !== "string";
  return { value, isOwn, sealed: isOwn ? value.own : value };
}
