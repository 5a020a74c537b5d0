import { rowsOf } from "@pult/db/rows.ts";
import { telegramBulks } from "@pult/db/schema/bulk.ts";
import { telegramSessions } from "@pult/db/schema/chats.ts";
import { desc, eq, inArray, sql } from "drizzle-orm";
import { holdsScope, requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { type Account, chatsOf, requireAccount, selectVisibleAccounts, viewerOf } from "../access.ts";
import { selectSettings } from "../agreements/settings.ts";
import { chatsError } from "../errors.ts";
import type { MessageEntity } from "../schema.ts";
import { maySendToMany } from "./access.ts";
import { approversOf, ownApprovers } from "./approvers.ts";
import { selectCalled } from "./claim.ts";
import { type BulkRow, countRecipients, openBulk, SHOWN_STATE, WITH_SEND } from "./rows.ts";
import type { Bulk, BulkInput, BulkRecipient, BulkState, ListBulksInput, RecipientsInput } from "./schema.ts";
import { estimate, type Waiting } from "./timing.ts";

const MAX_LISTED = 100;

/** Messages to many of an account, or of all that the caller sees: the newest 100. @throws DomainError `NOT_FOUND` */
export async function listBulks(ctx: Context, { accountId }: ListBulksInput): Promise<{ items: Bulk[] }> {
  requireStaff(ctx.actor, "chats:read");
  const ids =
    accountId === undefined
      ? (await selectVisibleAccounts(ctx.db, viewerOf(ctx))).flatMap(({ id, storeId }) => (storeId ? [id] : []))
      : [accountId];
  const found = await Promise.all(ids.map((id) => requireAccount(ctx, id)));
  const seen = found.filter((account) => maySendToMany(ctx, account, "read"));
  if (accountId !== undefined && seen.length === 0) throw chatsError("accountNotFound");
  // Of two links of one account, the one that works.
  const accounts = seen.toSorted(
    (a, b) => Number(b.row.status === "AUTHORIZED") - Number(a.row.status === "AUTHORIZED"),
  );
  if (accounts.length === 0) return { items: [] };
  const rows = await ctx.db
    .select()
    .from(telegramBulks)
    .where(
      inArray(
        telegramBulks.storeId,
        accounts.map(({ storeId }) => storeId),
      ),
    )
    .orderBy(desc(telegramBulks.createdAt), desc(telegramBulks.id))
    .limit(MAX_LISTED);
  return { items: await present(ctx, rows, accounts) };
}

/** @throws DomainError `NOT_FOUND` */
export async function getBulk(ctx: Context, { id }: BulkInput): Promise<Bulk> {
  const { row, account } = await openBulk(ctx, id);
  const [bulk] = await present(ctx, [row], [account]);
  if (!bulk) throw new Error("A message to many was not presented");
  return bulk;
}

async function present(ctx: Context, rows: readonly BulkRow[], accounts: readonly Account[]): Promise<Bulk[]> {
  const { db, actor } = ctx;
  const counted = await countRecipients(
    db,
    rows.map(({ id }) => id),
  );
  const mayWrite = actor.kind !== "agent" || holdsScope(actor.scopes, "chats:write");
  const bulks: Bulk[] = [];
  for (const row of rows) {
    const account = accounts.find(({ storeId }) => storeId === row.storeId);
    const { counts, skipped } = counted.get(row.id) ?? {};
    if (!account || !counts || !skipped) continue;
    const isWaiting = row.state === "waiting" && actor.kind === "agent";
    const approvers = isWaiting ? ownApprovers(row, await approversOf(db, account.row, ctx.now())) : [];
    const plan = counts.queued > 0 ? await planOf(ctx, row) : null;
    bulks.push({
      id: row.id,
      accountId: account.id,
      name: row.name,
      text: row.text,
      entities: row.entities as MessageEntity[],
      source: row.source as Bulk["source"],
      state: row.state as BulkState,
      pauseReason: row.pauseReason,
      version: row.version,
      authorName: row.authorName,
      approvedByName: row.approvedByName,
      approvedAt: row.approvedAt?.toISOString() ?? null,
      createdAt: row.createdAt.toISOString(),
      updatedAt: row.updatedAt.toISOString(),
      finishedAt: row.finishedAt?.toISOString() ?? null,
      counts,
      skipped,
      nextAt: plan?.nextAt.toISOString() ?? null,
      endsAt: plan?.endsAt.toISOString() ?? null,
      mayChange: mayWrite && maySendToMany(ctx, account, "write"),
      mayApprove: actor.kind === "agent" && approvers.includes(actor.personId),
    });
  }
  return bulks;
}

/** When its messages leave, behind those of what runs already and was approved before. */
async function planOf({ db, now }: Context, row: BulkRow) {
  const rows = rowsOf<Waiting>(
    await db.execute(sql`
      select r.time_zone as "timeZone", count(*)::int as count, r.bulk_id = ${row.id} as "isOwn"
      from telegram_bulk_recipients r join telegram_bulks b on b.id = r.bulk_id
      where r.store_id = ${row.storeId} and r.state = 'queued' and (b.id = ${row.id} or b.state = 'running' and b.approved_at < ${(
        row.approvedAt ?? now()
      ).toISOString()}::timestamptz)
      group by 1, 3, b.approved_at, b.id order by b.approved_at nulls last, b.id`),
  );
  const [session] = await db
    .select({ floodUntil: telegramSessions.floodUntil })
    .from(telegramSessions)
    .where(eq(telegramSessions.storeId, row.storeId))
    .orderBy(desc(telegramSessions.createdAt))
    .limit(1);
  const from = new Date(Math.max(now().getTime(), session?.floodUntil?.getTime() ?? 0));
  const [limits, called] = [await selectSettings(db, row.storeId, now()), await selectCalled(db, row.storeId, now())];
  return estimate(limits, { called, waiting: rows, now: from });
}

/** Recipients in the order in which they are written to, those who are left out among them. @throws DomainError `NOT_FOUND` */
export async function listRecipients(
  ctx: Context,
  { id, state, limit, after }: RecipientsInput,
): Promise<{ items: BulkRecipient[]; after: number | null }> {
  const { account } = await openBulk(ctx, id);
  const isShown = sql`(r.chat_id is null or ${chatsOf(ctx, account, "read", sql`r.chat_id`)})`;
  const items = rowsOf<BulkRecipient>(
    await ctx.db.execute(sql`
      select r.id, r.contact_id as "contactId", r.name, r.chat_id::text as "chatId", ${SHOWN_STATE} as state, r.reason, r.text,
        r.time_zone as "timeZone", to_char(r.called_at at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') as "calledAt"
      from ${WITH_SEND} where r.bulk_id = ${id} and r.id > ${after} and ${isShown} and ${state ? sql`${SHOWN_STATE} = ${state}` : sql`true`}
      order by r.id limit ${limit + 1}`),
  ).map((row) => ({ ...row, id: Number(row.id) }));
  const shown = items.slice(0, limit);
  return { items: shown, after: items.length > limit ? (shown.at(-1)?.id ?? null) : null };
}
