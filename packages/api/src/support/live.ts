import type { Customer } from "../actor.ts";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import type { LogView } from "../realtime/view.ts";
import { getConversation } from "./agent-service.ts";
import { requireConversation } from "./conversation-access.ts";
import { readHistoryPage } from "./customer-service.ts";
import { conversationTopic, customerKey, customerTopic, inboxTopic } from "./events.ts";
import { inbox } from "./inbox.ts";
import type {
  ConversationEvent,
  ConversationPage,
  CustomerEvent,
  CustomerHistory,
  InboxEvent,
  InboxPage,
} from "./schema.ts";
import { presentEvent } from "./stored.ts";

/** Messages an inbox or thread snapshot holds. */
const SNAPSHOT_SIZE = 50;

/** The inbox as it changes. An agent who follows it counts as connected. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export function followInbox(ctx: Context): LogView<InboxEvent, InboxPage> {
  const staff = requireStaff(ctx.actor, "support:read");
  return {
    kind: "log",
    ...(staff.kind === "agent" ? { entered: () => ctx.presence.enter(`agent:${staff.personId}`) } : {}),
    topic: inboxTopic.name("all"),
    viewer: "agent",
    mayRead: (actor) => inboxTopic.mayRead(actor, "all"),
    present: (payload) => withPresence(ctx, payload as InboxEvent),
    snapshot: () => inbox(ctx, { view: "all", search: "", limit: SNAPSHOT_SIZE }),
  };
}

/** Who is connected is not kept in the log: a row says what is so when it is read. */
function withPresence(ctx: Context, event: InboxEvent): InboxEvent {
  const { channel, customer } = event.conversation;
  const online = ctx.presence.isOnline(customerKey(channel, customer.id));
  return { ...event, conversation: { ...event.conversation, customer: { ...customer, online } } };
}

/** One conversation as agents see it. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` */
export async function followConversation(
  ctx: Context,
  { conversationId }: { conversationId: number },
): Promise<LogView<ConversationEvent, ConversationPage>> {
  await requireConversation(ctx, conversationId);
  return {
    kind: "log",
    topic: conversationTopic.name(conversationId),
    viewer: "agent",
    mayRead: (actor) => conversationTopic.mayRead(actor, conversationId),
    present(payload) {
      const event = presentEvent(payload as ConversationEvent, ctx.mediaLinks, "agent") as ConversationEvent;
      return event.type === "conversationChanged" ? withPresence(ctx, event) : event;
    },
    snapshot: () => getConversation(ctx, { conversationId, limit: SNAPSHOT_SIZE }),
  };
}

/** A customer's own conversation. A customer who follows it counts as connected. */
export function followAsCustomer(ctx: Context, customer: Customer): LogView<CustomerEvent, CustomerHistory> {
  const key = customerKey(customer.namespace, customer.externalId);
  return {
    kind: "log",
    topic: customerTopic.name(key),
    viewer: "customer",
    mayRead: (actor) => customerTopic.mayRead(actor, key),
    entered: () => ctx.presence.enter(key),
    present: (payload) => presentEvent(payload as CustomerEvent, ctx.mediaLinks, "customer") as CustomerEvent,
    snapshot: () => readHistoryPage(ctx, customer, { limit: SNAPSHOT_SIZE }),
  };
}
