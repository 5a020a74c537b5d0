import { isDeepStrictEqual } from "node:util";
import type { Transaction } from "@pult/db/database.ts";
import { telegramBulkRecipients, telegramBulks } from "@pult/db/schema/bulk.ts";
import { eq, sql } from "drizzle-orm";
import { recordAudit } from "../../auth/audit.ts";
import { nameOfStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { notify } from "../../notices/notify.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import { requireAccount, viewerOf } from "../access.ts";
import { chatsError } from "../errors.ts";
import { requireSendToMany } from "./access.ts";
import { approversOf, ownApprovers } from "./approvers.ts";
import { type Candidate, findRecipients } from "./audience.ts";
import { getBulk } from "./list.ts";
import { bulkNotices, settleBulkNotices } from "./notices.ts";
import { type BulkRow, changeBulk, entryOf } from "./rows.ts";
import type { Bulk, SaveBulkInput, VersionedInput } from "./schema.ts";

/**
 * Writes a message to many, or changes one that is not approved yet, and finds out whom it goes to. A repeat changes nothing. What waited for its
 * approval is a draft again.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `VALIDATION` as `findRecipients`, `CONFLICT` when it was changed since or approved
 */
export async function saveBulk(ctx: Context, input: SaveBulkInput): Promise<Bulk> {
  const staff = nameOfStaff(requireStaff(ctx.actor, "chats:write"));
  const account = await requireAccount(ctx, input.accountId);
  requireSendToMany(ctx, account);
  const candidates = await findRecipients(ctx, account, input);
  const { id, name, text, entities, contactIds, matching } = input;
  const content = { name, text, entities, source: contactIds ? { contactIds } : { matching } };
  const { userId } = viewerOf(ctx);
  const now = ctx.now();
  const appended = await ctx.db.transaction(async (tx) => {
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`bulk/${id}`}, 0))`);
    const [row] = await tx.select().from(telegramBulks).where(eq(telegramBulks.id, id)).for("update");
    if (row && row.storeId !== account.storeId) throw chatsError("bulkNotFound");
    if (row && isRepeat(row, { version: input.version, content })) return new Map();
    if (row?.version !== (input.version || undefined)) throw chatsError("bulkChanged");
    if (row && row.state !== "draft" && row.state !== "waiting") throw chatsError("bulkStep", { state: row.state });
    const authors = [...new Set([...((row?.authors as string[] | undefined) ?? []), userId])];
    const changed = { ...content, state: "draft", version: input.version + 1, authors, updatedAt: now };
    if (row) await tx.update(telegramBulks).set(changed).where(eq(telegramBulks.id, id));
    else
      await tx
        .insert(telegramBulks)
        .values({ id, storeId: account.storeId, ...changed, authorName: staff.name, createdAt: now });
    await tx.delete(telegramBulkRecipients).where(eq(telegramBulkRecipients.bulkId, id));
    await insertRecipients(tx, { id, storeId: account.storeId }, candidates);
    await recordAudit(tx, ctx, {
      action: row ? "bulk.changed" : "bulk.created",
      target: { kind: "bulk", id, name },
      details: { recipients: candidates.filter(({ reason }) => reason === null).length },
    });
    const settled = await settleBulkNotices(tx, now, id);
    return appendToLogs(tx, [...settled, entryOf(account.id, id)]);
  });
  publishAppended(ctx.bus, appended);
  return getBulk(ctx, { id });
}

type Content = Pick<BulkRow, "name" | "text" | "entities" | "source">;

const isRepeat = (row: BulkRow, { version, content }: { version: number; content: Content }): boolean =>
  row.version === version + 1 &&
  isDeepStrictEqual(
    JSON.parse(JSON.stringify(content)),
    JSON.parse(JSON.stringify({ name: row.name, text: row.text, entities: row.entities, source: row.source })),
  );

async function insertRecipients(
  tx: Transaction,
  { id, storeId }: { id: string; storeId: string },
  candidates: readonly Candidate[],
): Promise<void> {
  const rows = candidates.map((one, ord) => ({ ...one, state: one.reason === null ? "queued" : "skipped", ord }));
  await tx.execute(sql`
    insert into telegram_bulk_recipients (bulk_id, store_id, contact_id, chat_id, name, text, entities, time_zone, state, reason)
    select ${id}::uuid, ${storeId}::uuid, "contactId", "chatId", name, text, entities, "timeZone", state, reason
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(ord int, "contactId" uuid, "chatId" bigint, name text, text text, entities jsonb,
      "timeZone" text, state text, reason text) order by ord`);
}

/**
 * Asks for the approval of a draft; those who may give it are told. Again, it does nothing.
 * @throws DomainError `NOT_FOUND`, `FORBIDDEN`, `VALIDATION` without recipients, `CONFLICT` when it was changed since or approved
 */
export async function submitBulk(ctx: Context, { id, version }: VersionedInput): Promise<Bulk> {
  requireStaff(ctx.actor, "chats:write");
  await changeBulk(ctx, id, async (tx, { row, account }) => {
    if (row.version !== version) throw chatsError("bulkChanged");
    if (row.state === "waiting") return [];
    if (row.state !== "draft") throw chatsError("bulkStep", { state: row.state });
    const queued = sql`${telegramBulkRecipients.bulkId} = ${id} and ${telegramBulkRecipients.state} = 'queued'`;
    if ((await tx.$count(telegramBulkRecipients, queued)) === 0) throw chatsError("bulkEmpty");
    await tx.update(telegramBulks).set({ state: "waiting", updatedAt: ctx.now() }).where(eq(telegramBulks.id, id));
    await recordAudit(tx, ctx, { action: "bulk.submitted", target: { kind: "bulk", id, name: row.name } });
    const readers = ownApprovers(row, await approversOf(tx, account.row, ctx.now()));
    const notices = bulkNotices({ row, readers, news: { outcome: "toApprove" }, now: ctx.now() });
    return (await notify(tx, ctx.now(), notices)).entries;
  });
  publishDue(ctx.bus);
  return getBulk(ctx, { id });
}
