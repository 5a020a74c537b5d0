import { sql } from "drizzle-orm";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { type ConversationRecord, selectConversations } from "./conversation-rows.ts";
import { supportError } from "./errors.ts";

/** A conversation for a member of staff. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function requireConversation(ctx: Context, conversationId: number): Promise<ConversationRecord> {
  requireStaff(ctx.actor, "support:read");
  const [record] = await selectConversations(ctx.db, sql`c.id = ${conversationId}`);
  if (!record) throw supportError("conversationNotFound");
  return record;
}
