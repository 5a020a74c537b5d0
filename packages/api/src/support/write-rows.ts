import type { Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import { rememberMessages } from "../telegram/messages.ts";
import type { MessageContent, StoredAttachment } from "./content.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import { selectQuotes } from "./message-rows.ts";
import type { ClaimedPhotos } from "./photos.ts";
import { isInternal, type StoredMessage } from "./stored.ts";
import { conversationSubject, messageSubject } from "./subjects.ts";
import type { MessageWrite } from "./write.ts";

/** One write of a batch with what was found out about it. */
export interface Prepared {
  index: number;
  write: MessageWrite;
  conversation: ConversationRecord;
  photos: ClaimedPhotos["photos"];
  attachments: readonly StoredAttachment[];
}

/** The column of what stands beside text and photos; null for a plain message. */
export function contentOf({ write, attachments }: Pick<Prepared, "write" | "attachments">): MessageContent | null {
  const content = { ...write.content, ...(attachments.length > 0 && { attachments: [...attachments] }) };
  return Object.keys(content).length > 0 ? content : null;
}

/** @returns the ids, in the order of the batch */
export async function insertMessages(
  tx: Transaction,
  fresh: Prepared[],
  { now, quotes }: { now: string; quotes: Quoted[] },
): Promise<number[]> {
  const rows = fresh.map(({ write, conversation, photos, attachments }, ord) => ({
    ord,
    c: conversation.id,
    kind: write.kind,
    text: write.text,
    aid: write.author.id,
    an: write.author.name,
    source: write.source,
    cid: write.clientId,
    hash: write.contentHash,
    reply: quotes[ord]?.id ?? null,
    photos: photos.length,
    change: write.change,
    content: contentOf({ write, attachments }),
    at: write.writtenAt?.toISOString() ?? now,
  }));
  const inserted = rowsOf<{ id: number }>(
    await tx.execute(sql`
      insert into messages (conversation_id, kind, text, author_id, author_name, source, client_id, content_hash, reply_to_id, photo_count, change, content, created_at)
      select c, kind, text, aid, an, source, cid, hash, reply, photos, change, content, at
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as x(ord int, c bigint, kind text, text text, aid text, an text, source text,
        cid text, hash text, reply bigint, photos int, change jsonb, content jsonb, at timestamptz)
      order by ord returning id`),
  );
  return inserted.map(({ id }) => id);
}

/** Maps the Telegram messages that ours came from. */
export async function insertOrigins(tx: Transaction, fresh: Prepared[], messages: StoredMessage[]): Promise<void> {
  const shown = fresh.flatMap(({ write: { origin }, conversation }, at) => {
    const message = messages[at];
    if (!origin || !message) return [];
    return [{ subject: messageSubject(message.id), parent: conversationSubject(conversation.id), part: 0, ...origin }];
  });
  await rememberMessages(tx, shown);
}

export type Quoted = StoredMessage["replyTo"];

/** What each message quotes: one of its own conversation, and one that the customer may see when they see the message. Any other id quotes nothing. */
export async function quotesOf(
  tx: Transaction,
  fresh: readonly { write: MessageWrite; conversation: { id: number } }[],
): Promise<Quoted[]> {
  const ids = [...new Set(fresh.flatMap(({ write }) => write.replyToId ?? []))];
  if (ids.length === 0) return fresh.map(() => null);
  const found = await selectQuotes(tx, ids);
  return fresh.map(({ write, conversation }) => {
    const quoted = found.get(write.replyToId ?? -1);
    if (quoted?.conversationId !== conversation.id) return null;
    return isInternal(write.kind) || !isInternal(quoted.kind) ? quoted.quote : null;
  });
}
