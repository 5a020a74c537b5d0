import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { telegramStores } from "@pult/db/schema/chats.ts";
import { eq, sql } from "drizzle-orm";
import { z } from "zod";
import type { Context } from "../../context.ts";
import { enqueue, publishDue } from "../../outbox/outbox.ts";
import { accountLease } from "../engine/lease.ts";
import { chatsError } from "../errors.ts";
import { isFresh } from "../store/freshness.ts";
import type { Target } from "../store/present.ts";

/** Without a user: the whole address book is to be read. */
export const bookPayload = z.object({
  accountId: z.string(),
  storeId: z.string(),
  userId: z.number().nullable(),
  revision: z.int(),
});
export type BookPayload = z.infer<typeof bookPayload>;

const queueOf = (accountId: string): string => `addressBook:${accountId}`;

/** Puts a call about an address book into the outbox, in the place of one about the same that was not tried yet. Call `publishDue` after the commit. */
export function owe(
  tx: Transaction,
  { accountId, storeId }: Target,
  { userId, revision, now }: { userId: number | null; revision: number; now: Date },
): Promise<void> {
  const of = userId ?? "all";
  return enqueue(tx, [
    {
      queue: queueOf(accountId),
      kind: "chats.addressBook",
      lease: accountLease(accountId),
      priority: userId === null ? "bulk" : "normal",
      dueAt: now,
      payload: { accountId, storeId, userId, revision },
      subject: `chats.addressBook:${accountId}/${of}`,
      replaces: String(of),
      personId: null,
      route: "telegram-account",
    },
  ]);
}

/** Whether an address book is to be read. */
export async function isOwed(db: Database, accountId: string): Promise<boolean> {
  const rows = rowsOf(
    await db.execute(sql`
      select 1 from outbox where state = 'pending' and lease = ${accountLease(accountId)} and queue = ${queueOf(accountId)}
        and payload->>'userId' is null limit 1`),
  );
  return rows.length > 0;
}

/** @throws DomainError `CONFLICT` where the CRM does not keep in step with an address book */
export async function requireKept(tx: Transaction, storeId: string): Promise<void> {
  if (!(await isKept(tx, storeId))) throw chatsError("bookNotKept");
}

async function isKept(tx: Transaction, storeId: string): Promise<boolean> {
  const [store] = await tx
    .select({ isKept: telegramStores.keepsContacts })
    .from(telegramStores)
    .where(eq(telegramStores.id, storeId));
  return store?.isKept ?? false;
}

/** The address book may be another now: where the CRM keeps in step with it, it is read. @returns whether it is */
export async function oweReading(tx: Transaction, target: Target, now: Date): Promise<boolean> {
  if (!(await isKept(tx, target.storeId))) return false;
  await owe(tx, target, { userId: null, revision: 0, now });
  return true;
}

/** The same after an interruption, in which no update told of it. */
export async function oweMissedReading(
  { db, bus, now }: Pick<Context, "db" | "bus" | "now">,
  target: Target,
): Promise<void> {
  const [store] = await db.select().from(telegramStores).where(eq(telegramStores.id, target.storeId));
  if (!store?.keepsContacts || isFresh(store.contactsAt, now(), "contacts")) return;
  if (await db.transaction((tx) => oweReading(tx, target, now()))) publishDue(bus);
}
