import { nameOfStaff, requireStaff, type Staff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { malformed } from "../errors.ts";
import type { LatestView } from "../realtime/view.ts";
import { requireConversation } from "./conversation-access.ts";
import { customerKey, presenceTopic, typingTopic } from "./events.ts";
import type { Activity, ConversationPresence, TypingEvent } from "./schema.ts";

/** How long what an agent does holds without being said again. */
const ACTIVITY_MS = 30_000;
/** How long a customer types without a further key. */
const TYPING_MS = 6_000;

const CUSTOMER = "customer";
const roomOf = (key: string): string => presenceTopic.name(key);

/**
 * Sets what the caller does in a conversation, or that they have left it.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`
 */
export async function setPresence(
  ctx: Context,
  input: { conversationId: number; activity: Activity | null },
): Promise<void> {
  const staff = requireStaff(ctx.actor, "support:write");
  const record = await requireConversation(ctx, input.conversationId);
  const room = roomOf(customerKey(record.channel, record.externalId));
  const member = memberOf(staff);
  if (input.activity === null) ctx.presence.remove(room, member);
  else {
    const value = { name: nameOfStaff(staff).name, activity: input.activity };
    ctx.presence.put({ room, member, value, ttlMs: ACTIVITY_MS });
  }
}

/** An agent by id, as everywhere; a program by its key. */
function memberOf(staff: Staff): string {
  if (staff.kind === "agent") return staff.personId;
  return staff.kind === "apiKey" ? `key:${staff.keyId}` : "system";
}

/** Notes that a customer types, or has stopped. */
function setCustomerTyping(ctx: Context, key: string, typing: boolean): void {
  if (typing) ctx.presence.put({ room: roomOf(key), member: CUSTOMER, value: null, ttlMs: TYPING_MS });
  else ctx.presence.remove(roomOf(key), CUSTOMER);
}

/** Who is around a conversation, as it changes. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function followPresence(
  ctx: Context,
  { conversationId }: { conversationId: number },
): Promise<LatestView<ConversationPresence>> {
  const record = await requireConversation(ctx, conversationId);
  const key = customerKey(record.channel, record.externalId);
  const room = roomOf(key);
  return {
    kind: "latest",
    topic: room,
    mayRead: (actor) => presenceTopic.mayRead(actor, key),
    newest: () => readPresence(ctx, key),
    reader: null,
    subscribe: (listener) =>
      ctx.presence.onChange((changed) => {
        if (changed === key || changed === room) listener(readPresence(ctx, key));
      }),
  };
}

function readPresence({ presence }: Context, key: string): ConversationPresence {
  const present = presence.list(roomOf(key));
  const agents = present
    .filter(({ member }) => member !== CUSTOMER)
    .map(({ member, value }) => ({ id: member, ...(value as { name: string; activity: Activity }) }))
    .sort((a, b) => a.name.localeCompare(b.name) || (a.id < b.id ? -1 : 1));
  return {
    customerOnline: presence.isOnline(key),
    customerTyping: present.some(({ member }) => member === CUSTOMER),
    agents,
  };
}

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
