import { nameOfStaff, requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { malformed } from "../errors.ts";
import type { LatestView } from "../realtime/view.ts";
import { requireConversation } from "./conversation-access.ts";
import { customerKey, typingTopic } from "./events.ts";
import { setCustomerTyping } from "./presence.ts";
import type { TypingEvent } from "./schema.ts";

interface Where {
  /** For staff; customers have one conversation. */
  conversationId?: number | undefined;
}

/** Whose conversation: a customer's own, or for staff the one named. */
async function typingKeyOf(ctx: Context, { conversationId }: Where): Promise<string> {
  if (ctx.actor.kind === "customer") return customerKey(ctx.actor.namespace, ctx.actor.externalId);
  if (conversationId === undefined) throw malformed("conversationId: name the conversation");
  const record = await requireConversation(ctx, conversationId);
  return customerKey(record.channel, record.externalId);
}

function typistOf({ actor }: Context): Omit<TypingEvent, "typing"> {
  if (actor.kind === "customer")
    return { side: "customer", actorId: actor.externalId, name: actor.name ?? actor.externalId };
  const { id, name } = nameOfStaff(requireStaff(actor, "support:read"));
  return { side: "agent", actorId: id, name };
}

/** Readers do not get their own: a customer nothing of the customer side, an agent nothing of their own typing. */
const readerOf = ({ side, actorId }: Pick<TypingEvent, "side" | "actorId">): string =>
  side === "customer" ? "customer" : `agent:${actorId}`;

/** Tells the other side that the caller types, or has stopped. */
export async function setTyping(ctx: Context, input: Where & { typing: boolean }): Promise<void> {
  if (ctx.actor.kind !== "customer") requireStaff(ctx.actor, "support:write");
  const key = await typingKeyOf(ctx, input);
  const event: TypingEvent = { ...typistOf(ctx), typing: input.typing };
  if (event.side === "customer") setCustomerTyping(ctx, key, input.typing);
  ctx.bus.publishLatest(typingTopic.name(key), event);
}

/** Who types on the other side; the newest state only. */
export async function followTyping(ctx: Context, where: Where): Promise<LatestView<TypingEvent>> {
  const reader = readerOf(typistOf(ctx));
  const key = await typingKeyOf(ctx, where);
  return {
    kind: "latest",
    topic: typingTopic.name(key),
    mayRead: (actor) => typingTopic.mayRead(actor, key),
    reader,
    notFor: readerOf,
  };
}
