import { sql } from "drizzle-orm";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { type ConversationRecord, selectConversations } from "./conversation-rows.ts";

/** A conversation for a member of staff. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function requireConversation(ctx: Context, conversationId: number): Promise<ConversationRecord> {
  requireStaff(ctx.actor, "support:read");
  const [record] = await selectConversations(ctx.db, sql`c.id = ${conversationId}`);
  if (!record) throw new DomainError("NOT_FOUND", "No such conversation");
  return record;
}
