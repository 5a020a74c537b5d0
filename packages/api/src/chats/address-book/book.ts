import { rowsOf } from "@pult/db/rows.ts";
import { telegramStores } from "@pult/db/schema/chats.ts";
import { eq, sql } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import type { Context } from "../../context.ts";
import { countContactsOf } from "../../crm/records/lookup.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { type Account, requireAccount, requireOwner, requireWorking } from "../access.ts";
import type { OneAccountInput } from "../inputs.ts";
import { IN_BOOK } from "./keep.ts";
import type { BookState, KeepBookInput } from "./schema.ts";
import { isOwed, owe, requireKept } from "./tick.ts";

/** @throws DomainError `NOT_FOUND` */
export async function getBook(ctx: Context, { accountId }: OneAccountInput): Promise<BookState> {
  return presentBook(ctx, await requireAccount(ctx, accountId));
}

async function presentBook({ db }: Context, { id, storeId }: Account): Promise<BookState> {
  const [store] = await db.select().from(telegramStores).where(eq(telegramStores.id, storeId));
  const people = rowsOf<{ userId: string }>(
    await db.execute(
      sql`select c.chat_id::text as "userId" from telegram_chats c where c.store_id = ${storeId} and ${IN_BOOK}`,
    ),
  );
  return {
    accountId: id,
    isOn: store?.keepsContacts ?? false,
    keptAt: store?.contactsKeptAt?.toISOString() ?? null,
    failedBy: store?.contactsFailedBy ?? null,
    isDue: await isOwed(db, id),
    peopleCount: people.length,
    contactCount: await countContactsOf(
      db,
      people.map(({ userId }) => userId),
    ),
  };
}

/**
 * Lets the CRM keep in step with the address book, or ends that: what it took over stays.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN` for an account of another
 */
export async function keepBook(ctx: Context, { accountId, isOn }: KeepBookInput): Promise<BookState> {
  const account = await requireAccount(ctx, accountId);
  requireOwner(account);
  const { id, storeId } = account;
  await ctx.db.transaction(async (tx) => {
    const [store] = await tx.select().from(telegramStores).where(eq(telegramStores.id, storeId)).for("update");
    if (!store || store.keepsContacts === isOn) return;
    await tx
      .update(telegramStores)
      .set({ keepsContacts: isOn, contactsFailedBy: null, ...(isOn ? { contactsAt: null } : {}) })
      .where(eq(telegramStores.id, storeId));
    if (isOn) await owe(tx, { accountId: id, storeId }, { userId: null, revision: 0, now: ctx.now() });
    await recordAudit(tx, ctx, {
      action: isOn ? "telegram.contactsKept" : "telegram.contactsLeft",
      target: { kind: "telegramAccount", id },
    });
  });
  publishDue(ctx.bus);
  return presentBook(ctx, account);
}

/** Reads the address book anew. @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `AUTH_EXPIRED`, `CONFLICT` where the CRM does not keep in step with it */
export async function readBook(ctx: Context, { accountId }: OneAccountInput): Promise<BookState> {
  const account = await requireAccount(ctx, accountId);
  requireOwner(account);
  requireWorking(account);
  const { id, storeId } = account;
  await ctx.db.transaction(async (tx) => {
    await requireKept(tx, storeId);
    await tx.update(telegramStores).set({ contactsAt: null }).where(eq(telegramStores.id, storeId));
    await owe(tx, { accountId: id, storeId }, { userId: null, revision: 0, now: ctx.now() });
  });
  publishDue(ctx.bus);
  return presentBook(ctx, account);
}
