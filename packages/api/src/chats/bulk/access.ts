import { holdsScope } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { type Account, accessOf } from "../access.ts";
import { chatsError } from "../errors.ts";
import { type Access, allows } from "../grants.ts";

/** No chat has this id: what grants say of it, they say of all chats that none of them names. */
const ALL_CHATS = 0;

/** Whether the caller may see or send messages to many of an account: that takes the account's chats as a whole. */
export const maySendToMany = (ctx: Context, account: Account, needed: Access): boolean =>
  allows(accessOf(ctx, account, ALL_CHATS), needed);

/** @throws DomainError `FORBIDDEN` */
export function requireSendToMany(ctx: Context, account: Account): void {
  const { actor } = ctx;
  if (!maySendToMany(ctx, account, "write")) throw chatsError("readOnly");
  if (actor.kind === "agent" && !holdsScope(actor.scopes, "chats:write")) throw requestError("accessRevoked");
}
