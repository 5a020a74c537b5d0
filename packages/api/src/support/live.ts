import { sql } from "drizzle-orm";
import { nameOfStaff, requireStaff } from "../auth/permissions.ts";
import type { Context, Customer } from "../context.ts";
import { DomainError } from "../errors.ts";
import { trackedLog } from "../realtime/tracked-log.ts";
import { getConversation } from "./agent-service.ts";
import { selectConversations } from "./conversation-rows.ts";
import { readHistoryPage } from "./customer-service.ts";
import { conversationTopic, customerKey, customerTopic, inboxTopic, typingTopic } from "./events.ts";
import { inbox } from "./inbox.ts";
import type { ConversationEvent, CustomerEvent, InboxEvent, TypingEvent } from "./schema.ts";
import { presentEvent } from "./stored.ts";

interface Follow {
  lastEventId?: string | null | undefined;
  signal: AbortSignal;
}

/** Messages an inbox or thread snapshot holds. */
const SNAPSHOT_SIZE = 50;

/** The inbox as it changes. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export function followInbox(ctx: Context, follow: Follow) {
  requireStaff(ctx.actor, "support:read");
  return trackedLog({
    ...follow,
    db: ctx.db,
    bus: ctx.bus,
    topic: inboxTopic.name("all"),
    present: (payload) => withPresence(ctx, payload as InboxEvent),
    snapshot: () => inbox(ctx, { view: "all", search: "", limit: SNAPSHOT_SIZE }),
  });
}

/** Who is connected is not kept in the log: a row says what is so when it is read. */
function withPresence(ctx: Context, event: InboxEvent): InboxEvent {
  const { channel, customer } = event.conversation;
  const online = ctx.presence.isOnline(customerKey(channel, customer.id));
  return { ...event, conversation: { ...event.conversation, customer: { ...customer, online } } };
}

/** One conversation as agents see it. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function followConversation(ctx: Context, follow: Follow & { conversationId: number }) {
  await requireConversation(ctx, follow.conversationId);
  return trackedLog({
    ...follow,
    db: ctx.db,
    bus: ctx.bus,
    topic: conversationTopic.name(follow.conversationId),
    present(payload) {
      const event = presentEvent(payload as ConversationEvent, ctx.mediaLinks, "agent") as ConversationEvent;
      return event.type === "conversationChanged" ? withPresence(ctx, event) : event;
    },
    snapshot: () => getConversation(ctx, { conversationId: follow.conversationId, limit: SNAPSHOT_SIZE }),
  });
}

async function requireConversation(ctx: Context, conversationId: number) {
  requireStaff(ctx.actor, "support:read");
  const [record] = await selectConversations(ctx.db, sql`c.id = ${conversationId}`);
  if (!record) throw new DomainError("NOT_FOUND", "No such conversation");
  return record;
}

/** A customer's own conversation. While he follows it he counts as connected. */
export async function* followAsCustomer(ctx: Context, customer: Customer, follow: Follow) {
  const key = customerKey(customer.channel, customer.externalId);
  const leave = ctx.presence.enter(key);
  try {
    yield* trackedLog({
      ...follow,
      db: ctx.db,
      bus: ctx.bus,
      topic: customerTopic.name(key),
      present: (payload) => presentEvent(payload as CustomerEvent, ctx.mediaLinks, "customer") as CustomerEvent,
      snapshot: () => readHistoryPage(ctx, customer, { limit: SNAPSHOT_SIZE }),
    });
  } finally {
    leave();
  }
}

/** Whose conversation: a customer's own, or for staff the one named. */
async function typingKeyOf(ctx: Context, conversationId: number | undefined): Promise<string> {
  if (ctx.actor.kind === "customer") return customerKey(ctx.actor.channel, ctx.actor.externalId);
  if (conversationId === undefined) throw new DomainError("VALIDATION", "conversationId: name the conversation");
  const record = await requireConversation(ctx, conversationId);
  return customerKey(record.channel, record.externalId);
}

function typistOf({ actor }: Context): Omit<TypingEvent, "typing"> {
  if (actor.kind === "customer")
    return { side: "customer", actorId: actor.externalId, name: actor.name ?? actor.externalId };
  const { id, name } = nameOfStaff(requireStaff(actor, "support:read"));
  return { side: "agent", actorId: id, name };
}

/** Tells the other side that the caller types, or has stopped. */
export async function setTyping(
  ctx: Context,
  input: { conversationId?: number | undefined; typing: boolean },
): Promise<void> {
  if (ctx.actor.kind !== "customer") requireStaff(ctx.actor, "support:write");
  const key = await typingKeyOf(ctx, input.conversationId);
  const event: TypingEvent = { ...typistOf(ctx), typing: input.typing };
  ctx.bus.publishLatest(typingTopic.name(key), event);
}

/** Who types on the other side; the newest state only. */
export async function* followTyping(
  ctx: Context,
  follow: { conversationId?: number | undefined; signal: AbortSignal },
) {
  const own = typistOf(ctx);
  const key = await typingKeyOf(ctx, follow.conversationId);
  let newest: TypingEvent | null = null;
  let wake: (() => void) | null = null;
  const ring = () => wake?.();
  const leave = ctx.bus.subscribeLatest(typingTopic.name(key), (value) => {
    const event = value as TypingEvent;
    if (event.side === own.side && (own.side === "customer" || event.actorId === own.actorId)) return;
    newest = event;
    ring();
  });
  follow.signal.addEventListener("abort", ring, { once: true });
  try {
    while (!follow.signal.aborted) {
      if (newest) {
        const event: TypingEvent = newest;
        newest = null;
        yield event;
        continue;
      }
      await new Promise<void>((resolve) => {
        wake = resolve;
      });
    }
  } finally {
    leave();
  }
}
