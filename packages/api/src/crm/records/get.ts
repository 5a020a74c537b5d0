import { requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import type { Entity, RecordInput } from "../schema.ts";
import { readerOf } from "./entities.ts";
import { type RecordOf, requireRecord } from "./select.ts";

/** @throws DomainError `FORBIDDEN`, `NOT_FOUND` */
export async function getRecord<Kind extends Entity>(
  ctx: Context,
  entity: Kind,
  { id }: RecordInput,
): Promise<RecordOf<Kind>> {
  requireStaff(ctx.actor, "chats:read");
  return requireRecord(ctx.db, entity, id, readerOf(ctx));
}
