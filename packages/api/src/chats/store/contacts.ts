import { rowsOf } from "@pult/db/rows.ts";
import { telegramStores } from "@pult/db/schema/chats.ts";
import { eq, sql } from "drizzle-orm";
import { isStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { findContactsOf } from "../../crm/records/lookup.ts";
import { DomainError, requestError } from "../../errors.ts";
import { type Account, chatsOf, type Door, findAccount, requireWorking } from "../access.ts";
import { countCache } from "../counts.ts";
import { callAccount } from "../engine/asks.ts";
import type { AccountPageInput } from "../inputs.ts";
import type { Contact, Page } from "../schema.ts";
import { anywhere, askTelegram, emptyPage } from "./chats.ts";
import { isFresh } from "./freshness.ts";
import { isoOf, photoPath } from "./present.ts";
import { readStore } from "./reading.ts";

interface ContactRow extends Omit<Contact, "id" | "chatId" | "photoUrl" | "crmContactId"> {
  contactId: number;
  photoId: string | null;
  title: string;
}

/** People of an account's address book, by name. @throws DomainError as `findAccount`, `AUTH_EXPIRED`, `UPSTREAM_FAILED` */
export async function listContacts(ctx: Context, input: AccountPageInput, door: Door): Promise<Page<Contact>> {
  const account = await findAccount(ctx, input.accountId);
  if (!account) return emptyPage();
  if (door.mustWork) requireWorking(account);
  const after = parsePlace(input.offsetId);
  const { storeId } = account;
  const [store] = await ctx.db.select().from(telegramStores).where(eq(telegramStores.id, storeId));
  await refresh(ctx, account, store?.contactsAt ?? null);
  const named = input.query
    ? sql`(title ilike ${anywhere(input.query)} or username ilike ${anywhere(input.query.replace(/^@/, ""))})`
    : sql`true`;
  const listed = sql`store_id = ${storeId} and is_contact and ${named} and ${chatsOf(ctx, account, "metadata", sql`chat_id`)}`;
  const { rows, totalCount } = await readStore(ctx, storeId, async (db) => {
    const rows = rowsOf<ContactRow>(
      await db.execute(sql`
      select chat_id as "contactId", first_name as "firstName", last_name as "lastName", username, phone_number as "phoneNumber",
        photo_id as "photoId", is_mutual as "isMutual", ${isoOf(sql`updated_at`)} as "updatedAt", lower(title) as title
      from telegram_chats where ${listed} and (lower(title), chat_id) > (${after.title}, ${after.id}::bigint)
      order by lower(title), chat_id limit ${input.limit + 1}`),
    );
    const [count] = rowsOf<{ count: number }>(
      await db.execute(sql`select count(*)::int as count from telegram_chats where ${listed}`),
    );
    return { rows, totalCount: count?.count ?? 0 };
  });
  const shown = rows.slice(0, input.limit);
  const last = rows.length > input.limit ? shown.at(-1) : undefined;
  const userIds = isStaff(ctx.actor, "chats:read") ? shown.map(({ contactId }) => String(contactId)) : [];
  const contacts = await findContactsOf(ctx.db, userIds);
  return {
    items: shown.map(({ contactId, photoId, title: _, ...row }) => {
      const path = photoPath(account.id, contactId, photoId);
      const id = String(contactId);
      return {
        ...row,
        id,
        chatId: id,
        photoUrl: path && ctx.mediaLinks.sign(path),
        crmContactId: contacts.get(id) ?? null,
      };
    }),
    hasMore: last !== undefined,
    totalCount,
    nextOffsetId: last ? `${last.contactId}.${Buffer.from(last.title).toString("base64url")}` : null,
  };
}

/** @throws DomainError while the list was never read; else what is stored is an answer too */
async function refresh(ctx: Context, account: Account, readAt: Date | null): Promise<void> {
  const isOld = !isFresh(readAt, ctx.now(), "contacts");
  countCache(ctx, "contacts", !isOld);
  const { status, connection } = account.row;
  if (!isOld || status !== "AUTHORIZED" || (readAt !== null && connection !== "connected")) return;
  try {
    await askTelegram(account, () => callAccount(ctx, account.id, "contacts", null));
  } catch (error) {
    if (readAt === null || !(error instanceof DomainError)) throw error;
  }
}

function parsePlace(offsetId: string | undefined): { title: string; id: string } {
  if (offsetId === undefined) return { title: "", id: "0" };
  const [, id, title] = /^(\d{1,19})\.([\w-]*)$/.exec(offsetId) ?? [];
  if (!id) throw requestError("invalidField", { field: "offsetId" }, { message: "offsetId: Not one of ours" });
  return { title: Buffer.from(title ?? "", "base64url").toString(), id };
}
