import type { Transaction } from "@pult/db/database.ts";
import { isLeaseCurrent, type Lease } from "@pult/db/leases.ts";
import { telegramImports } from "@pult/db/schema/telegram-imports.ts";
import { and, eq, inArray, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import type { KeyedWorkerSpec } from "../../workers.ts";
import { removeFiles } from "../accounts/unlink.ts";
import { importWorkTopic } from "../events.ts";
import { insertMessages } from "../store/messages.ts";
import { instantOf } from "../store/peers.ts";
import { chatIdOf, kindOf, type ReadMessage, readMessage, type Skip } from "./export-message.ts";
import { BrokenExportError, type ExportChat, type ExportItem, readExport } from "./export-reader.ts";
import { type ImportRow, publishImport } from "./imports.ts";
import type { ImportReport } from "./schema.ts";

const BATCH = 500;
const SHOWN_SENDERS = 50;
const SHOWN_CHATS = 200;
const LEASE = "telegram-import:";

/** Reads exports, each on one node. One that is cut off begins anew: what is stored already is not stored twice. */
export const importsWorker: KeyedWorkerSpec = {
  name: "chats.imports",
  everyMs: 30_000,
  wokenBy: importWorkTopic.name("changed"),
  async leases({ db }) {
    const rows = await db
      .select({ id: telegramImports.id })
      .from(telegramImports)
      .where(inArray(telegramImports.status, ["checking", "importing"]));
    return rows.map(({ id }) => `${LEASE}${id}`);
  },
  async run(ctx, lease) {
    const [row] = await ctx.db
      .select()
      .from(telegramImports)
      .where(eq(telegramImports.id, lease.name.slice(LEASE.length)));
    if (row?.status === "checking") await checkFile(ctx, lease, row);
    if (row?.status === "importing") await importFile(ctx, lease, row);
  },
};

/** @throws Error when the lease was lost: another node reads it from then on */
async function* itemsOf(ctx: Context, lease: Lease, { fileKey }: ImportRow): AsyncGenerator<ExportItem> {
  const file = fileKey === null ? null : await ctx.media.open(fileKey);
  if (!file) throw new BrokenExportError("It is gone");
  for await (const item of readExport(file.read())) {
    if (lease.signal.aborted) throw new Error("The lease of an import was lost");
    yield item;
  }
}

/** Stores how an import is, unless another node has it by now. */
async function change(
  ctx: Context,
  lease: Lease,
  { id, fields, within }: { id: string; fields: Partial<ImportRow>; within?: (tx: Transaction) => Promise<unknown> },
): Promise<void> {
  const row = await ctx.db.transaction(async (tx) => {
    if (!(await isLeaseCurrent(tx, lease))) throw new Error("The lease of an import was lost");
    await within?.(tx);
    const [changed] = await tx
      .update(telegramImports)
      .set(fields)
      .where(and(eq(telegramImports.id, id), inArray(telegramImports.status, ["checking", "importing"])))
      .returning();
    return changed;
  });
  if (row) await publishImport(ctx, row);
}

async function checkFile(ctx: Context, lease: Lease, row: ImportRow): Promise<void> {
  const { id } = row;
  const seen = new Report();
  try {
    for await (const item of itemsOf(ctx, lease, row)) {
      seen.add(item);
      if (seen.messages > 0 && seen.messages % 20_000 === 0)
        await change(ctx, lease, { id, fields: { progress: seen.messages } });
    }
  } catch (error) {
    if (!(error instanceof BrokenExportError)) throw error;
    return fail(ctx, lease, { row, failure: "broken" });
  }
  if (seen.messages === 0) return fail(ctx, lease, { row, failure: "empty" });
  await change(ctx, lease, { id, fields: { status: "checked", report: seen.present(), progress: seen.messages } });
}

async function fail(
  ctx: Context,
  lease: Lease,
  { row, failure }: { row: ImportRow; failure: "broken" | "empty" },
): Promise<void> {
  const fields = { status: "failed", failure, fileKey: null, finishedAt: ctx.now() };
  await change(ctx, lease, { id: row.id, fields });
  if (row.fileKey !== null) await removeFiles(ctx, [row.fileKey]);
}

/** What a file holds, as far as it was read. */
class Report {
  messages = 0;
  #self: ImportReport["self"] = null;
  readonly #chats = new Map<string, { chat: ExportChat; messages: number }>();
  readonly #senders = new Map<number, { name: string; messages: number }>();
  readonly #skipped: Partial<Record<Skip, number>> = {};
  #withoutZone = 0;
  #from = Number.POSITIVE_INFINITY;
  #to = Number.NEGATIVE_INFINITY;

  add(item: ExportItem): void {
    if (item.type === "self") {
      this.#self = { id: String(item.id), name: item.name };
      return;
    }
    // Saved messages are a chat with oneself: who that is does not matter here.
    const read = readMessage(item.chat, item.message, item.chat.type === "saved_messages" ? 1 : null);
    if (typeof read === "string") {
      this.#skipped[read] = (this.#skipped[read] ?? 0) + 1;
      return;
    }
    this.messages += 1;
    const { date } = read.message;
    this.#from = Math.min(this.#from, date);
    this.#to = Math.max(this.#to, date);
    if (!read.hasZone) this.#withoutZone += 1;
    const chat = this.#chats.get(item.chat.key) ?? { chat: item.chat, messages: 0 };
    chat.messages += 1;
    this.#chats.set(item.chat.key, chat);
    if (read.sender) this.#countSender(read.sender);
  }

  #countSender({ id, name }: { id: number; name: string }): void {
    if (id < 0) return;
    const sender = this.#senders.get(id) ?? { name, messages: 0 };
    sender.messages += 1;
    sender.name ||= name;
    this.#senders.set(id, sender);
  }

  present(): ImportReport {
    const chats = [...this.#chats.values()].toSorted((a, b) => b.messages - a.messages);
    const senders = [...this.#senders]
      .map(([id, sender]) => ({ id: String(id), ...sender }))
      .toSorted((a, b) => b.messages - a.messages);
    return {
      self: this.#self ?? selfOfOne(chats, senders),
      senders: senders.slice(0, SHOWN_SENDERS),
      chats: chats
        .slice(0, SHOWN_CHATS)
        .map(({ chat, messages }) => ({ name: chat.name ?? "", type: kindOf(chat), messages })),
      chatCount: chats.length,
      messages: this.messages,
      from: instantOf(this.#from),
      to: instantOf(this.#to),
      skipped: this.#skipped as ImportReport["skipped"],
      withoutZone: this.#withoutZone,
    };
  }
}

/** An export of one private chat: who is not the other is oneself. */
function selfOfOne(
  chats: readonly { chat: ExportChat }[],
  senders: readonly { id: string; name: string }[],
): ImportReport["self"] {
  const [only, ...others] = chats;
  if (!only || others.length > 0 || kindOf(only.chat) !== "private") return null;
  const own = senders.filter(({ id }) => id !== String(only.chat.id));
  const [self, ...more] = own;
  return self && more.length === 0 ? { id: self.id, name: self.name } : null;
}

async function importFile(ctx: Context, lease: Lease, row: ImportRow): Promise<void> {
  const { id, storeId, selfId } = row;
  if (storeId === null || selfId === null) throw new Error("An import without an account");
  let batch: ReadMessage[] = [];
  let progress = 0;
  const names = new Map<number, { name: string; type: string }>();
  const flush = async () => {
    const messages = batch.map(({ message }) => message);
    progress += batch.length;
    batch = [];
    await change(ctx, lease, {
      id,
      fields: { progress },
      within: async (tx) => {
        await insertMessages(tx, storeId, messages, { importId: id });
        await nameChats(tx, storeId, names);
      },
    });
    names.clear();
  };
  try {
    for await (const item of itemsOf(ctx, lease, row)) {
      if (item.type === "self") continue;
      const read = readMessage(item.chat, item.message, selfId);
      if (typeof read === "string") continue;
      const chatId = chatIdOf(item.chat, selfId);
      if (chatId !== null) names.set(chatId, { name: item.chat.name ?? "", type: kindOf(item.chat) });
      if (read.sender && !names.has(read.sender.id)) names.set(read.sender.id, { ...read.sender, type: "private" });
      batch.push(read);
      if (batch.length >= BATCH) await flush();
    }
  } catch (error) {
    if (!(error instanceof BrokenExportError)) throw error;
    return fail(ctx, lease, { row, failure: "broken" });
  }
  if (batch.length > 0) await flush();
  const fields = { status: "done", fileKey: null, finishedAt: ctx.now() };
  await change(ctx, lease, { id, fields, within: (tx) => listChats(tx, { storeId, id }) });
  if (row.fileKey !== null) await removeFiles(ctx, [row.fileKey]);
}

/** Chats and people that nothing has named yet. */
async function nameChats(
  tx: Transaction,
  storeId: string,
  names: ReadonlyMap<number, { name: string; type: string }>,
): Promise<void> {
  const rows = [...names]
    .toSorted(([a], [b]) => a - b)
    .map(([chatId, { name, type }]) => ({ id: `${storeId}/${chatId}`, chatId, name: name || "Deleted account", type }));
  await tx.execute(sql`
    insert into telegram_chats as c (id, store_id, chat_id, type, title, first_name, created_at, updated_at)
    select id, ${storeId}::uuid, "chatId", type, name, case when "chatId" > 0 then name end, now(), now()
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id text, "chatId" bigint, name text, type text)
    on conflict (store_id, chat_id) do update set title = excluded.title, type = excluded.type, first_name = excluded.first_name
    where c.title = ''`);
}

/** Chats that the import brought are in the list, by their newest message. */
const listChats = (tx: Transaction, { storeId, id }: { storeId: string; id: string }) =>
  tx.execute(sql`
    update telegram_chats c set has_dialog = true, top_message_id = newest.id, top_message_at = newest.date
    from (select distinct on (chat_id) chat_id, m.id, m.date from telegram_history m
      where m.store_id = ${storeId} and m.import_id = ${id} order by chat_id, m.id desc) newest
    where c.store_id = ${storeId} and c.chat_id = newest.chat_id and coalesce(c.top_message_id, 0) < newest.id`);
