import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { ensureIdentities } from "../people/identities.ts";
import { type ConversationRecord, selectConversations } from "./conversation-rows.ts";
import { customerKey } from "./events.ts";
import type { CustomerRef } from "./write.ts";

/** A conversation locked for this transaction; one record object per conversation. */
export interface Touched {
  record: ConversationRecord;
  created: boolean;
  /** The customer gives another name now. */
  renamed?: boolean;
}

type Wanted = { id: number } | CustomerRef;

const isRef = (wanted: Wanted): wanted is CustomerRef => "channel" in wanted;

/** Locks the conversations a batch writes to, making those of new customers; null where an id names none. */
export async function lockConversations(tx: Transaction, wanted: readonly Wanted[]): Promise<(Touched | null)[]> {
  const refs = new Map(wanted.filter(isRef).map((ref) => [customerKey(ref.channel, ref.externalId), ref]));
  const ids = wanted.flatMap((one) => (isRef(one) ? [] : [one.id]));
  const found = await lock(tx, [...refs.values()], ids);
  const byKey = new Map<string, Touched>(
    found.map((record) => [customerKey(record.channel, record.externalId), { record, created: false }]),
  );
  const missing = [...refs.values()].filter((ref) => !byKey.has(customerKey(ref.channel, ref.externalId)));
  if (missing.length > 0) {
    const created = await createConversations(tx, missing);
    for (const record of await lock(tx, missing, [])) {
      byKey.set(customerKey(record.channel, record.externalId), { record, created: created.has(record.id) });
    }
  }
  const byId = new Map([...byKey.values()].map((touched) => [touched.record.id, touched]));
  for (const [key, ref] of refs) updateIdentity(byKey.get(key), ref);
  return wanted.map(
    (one) => (isRef(one) ? byKey.get(customerKey(one.channel, one.externalId)) : byId.get(one.id)) ?? null,
  );
}

/** The name and language that the customer gives now. */
function updateIdentity(touched: Touched | undefined, ref: CustomerRef): void {
  if (!touched) return;
  const { record } = touched;
  if (ref.name && ref.name !== record.customerName) {
    touched.renamed = !touched.created;
    record.customerName = ref.name;
  }
  if (ref.username) record.customerUsername = ref.username;
  if (ref.languageCode) record.languageCode = ref.languageCode;
}

function lock(tx: Transaction, refs: CustomerRef[], ids: number[]): Promise<ConversationRecord[]> {
  const keys = JSON.stringify(refs.map(({ channel, externalId }) => ({ ch: channel, ex: externalId })));
  const byRef = sql`(c.channel, c.external_id) in (select ch, ex from jsonb_to_recordset(${keys}::jsonb) as x(ch text, ex text))`;
  const byId = sql`c.id in (select x::bigint from jsonb_array_elements_text(${JSON.stringify(ids)}::jsonb) x)`;
  const condition = ids.length === 0 ? byRef : refs.length === 0 ? byId : sql`(${byRef} or ${byId})`;
  return selectConversations(tx, condition, { lock: true });
}

/**
 * Person, identity and conversation of customers not seen before. Another node may be doing the same: the first wins. An identity
 * that is just becoming another person's is waited for.
 * @returns ids of the conversations that this call made
 */
async function createConversations(tx: Transaction, refs: CustomerRef[]): Promise<Set<number>> {
  const rows = refs.map((ref) => ({
    ch: ref.channel,
    ex: ref.externalId,
    name: ref.name ?? ref.externalId,
    un: ref.username,
    lang: ref.languageCode,
  }));
  const json = JSON.stringify(rows);
  const columns = sql.raw("x(ch text, ex text, name text, un text, lang text)");
  await ensureIdentities(
    tx,
    refs.map(({ channel, ...ref }) => ({ ...ref, namespace: channel })),
  );
  const made = await tx.execute(sql`
    insert into conversations (channel, external_id, person_id, customer_name, customer_username, language_code)
    select x.ch, x.ex, i.person_id, x.name, x.un, x.lang from jsonb_to_recordset(${json}::jsonb) as ${columns}
    join identities i on i.namespace = x.ch and i.external_id = x.ex order by x.ch, x.ex for share of i
    on conflict do nothing returning id`);
  return new Set(rowsOf<{ id: number }>(made).map(({ id }) => id));
}

/** Writes back what a transaction changed in memory. */
export async function saveConversations(tx: Transaction, records: readonly ConversationRecord[]): Promise<void> {
  if (records.length === 0) return;
  const rows = records.map(({ channel, externalId, personId, assigneeName, createdAt, ...changing }) => changing);
  await tx.execute(sql`
    update conversations c set
      customer_name = x."customerName", customer_username = x."customerUsername", language_code = x."languageCode",
      status = x.status, snoozed_until = x."snoozedUntil", assignee_id = x."assigneeId",
      waiting_since = x."waitingSince", waiting_noticed_at = x."waitingNoticedAt",
      last_message_id = x."lastMessageId", last_message_kind = x."lastMessageKind", last_message_text = x."lastMessageText",
      last_message_photos = x."lastMessagePhotos", last_message_author = x."lastMessageAuthor", last_activity_at = x."lastActivityAt",
      unread_count = x."unreadCount", agent_read_id = x."agentReadId", customer_read_id = x."customerReadId",
      last_message_attachment = x."lastMessageAttachment", origin = x.origin, blocked_at = x."blockedAt",
      business_connection_id = x."businessConnectionId", reply_window = x."replyWindow"
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(id bigint, "customerName" text, "customerUsername" text,
      "languageCode" text, status text, "snoozedUntil" timestamptz, "assigneeId" uuid, "waitingSince" timestamptz, "waitingNoticedAt" timestamptz, "lastMessageId" bigint, "lastMessageKind" text,
      "lastMessageText" text, "lastMessagePhotos" int, "lastMessageAuthor" text, "lastActivityAt" timestamptz, "unreadCount" int,
      "agentReadId" bigint, "customerReadId" bigint, "replyWindow" jsonb,
      "lastMessageAttachment" text, origin text, "blockedAt" timestamptz, "businessConnectionId" text)
    where c.id = x.id`);
}
