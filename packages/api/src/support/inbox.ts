import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { malformed } from "../errors.ts";
import { isUtcInstant, storableText } from "../storable.ts";
import { type ConversationRecord, conversationColumns, toInboxRow, toRecord } from "./conversation-rows.ts";
import { countViews } from "./inbox-counts.ts";
import type { InboxInput, InboxPage } from "./schema.ts";

/**
 * A page of the inbox, newest activity first, by key and not by number, so that rows that move while an agent reads are neither
 * repeated nor skipped.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for a cursor that is none
 */
export async function inbox(ctx: Context, input: InboxInput): Promise<InboxPage> {
  requireStaff(ctx.actor, "support:read");
  const mine = ctx.actor.kind === "agent" ? ctx.actor.personId : null;
  const conditions = [sql`c.last_message_id is not null`, viewCondition(input.view, mine)];
  if (input.search !== "") conditions.push(searchCondition(input.search));
  if (input.cursor) conditions.push(afterCursor(input.cursor));
  const [rows, counts] = await Promise.all([
    ctx.db.execute(sql`
      select ${conversationColumns} from conversations c left join people a on a.id = c.assignee_id
      where ${sql.join(conditions, sql` and `)} order by c.last_activity_at desc, c.id desc limit ${input.limit + 1}`),
    countViews(ctx, mine),
  ]);
  const records = rowsOf<ConversationRecord>(rows).map(toRecord);
  const page = records.slice(0, input.limit);
  const last = page.at(-1);
  return {
    conversations: page.map((record) => toInboxRow(record, ctx.presence)),
    nextCursor: records.length > input.limit && last ? `${last.lastActivityAt}_${last.id}` : null,
    counts,
  };
}

const ACTIVE = sql`c.status in ('open', 'pending')`;

function viewCondition(view: InboxInput["view"], mine: string | null): SQL {
  switch (view) {
    case "mine":
      return sql`${ACTIVE} and c.assignee_id = ${mine}::uuid`;
    case "unassigned":
      return sql`${ACTIVE} and c.assignee_id is null`;
    case "all":
      return ACTIVE;
    case "snoozed":
      return sql`c.status = 'snoozed'`;
    case "resolved":
      return sql`c.status = 'resolved'`;
  }
}

/** Every word must occur in the customer's names or id, or all of them in one message's text. */
function searchCondition(search: string): SQL {
  const words = storableText(search)
    .split(/\s+/u)
    .slice(0, 8)
    .map((word) => `%${word.replace(/[\\%_]/g, "\\$&")}%`);
  const inCustomer = words.map(
    (word) => sql`concat_ws(' ', c.customer_name, c.customer_username, c.external_id) ilike ${word}`,
  );
  const inMessage = words.map((word) => sql`m.text ilike ${word}`);
  return sql`((${sql.join(inCustomer, sql` and `)}) or exists (
    select 1 from messages m where m.conversation_id = c.id and m.kind <> 'event' and ${sql.join(inMessage, sql` and `)}))`;
}

function afterCursor(cursor: string): SQL {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}\.\d{3}Z)_(\d{1,15})$/.exec(cursor);
  if (!match?.[1] || !match[2] || !isUtcInstant(match[1])) throw malformed("cursor: not one of ours");
  return sql`(c.last_activity_at, c.id) < (${match[1]}::timestamptz, ${match[2]}::bigint)`;
}
