import { nameOfStaff, requireStaff, type Staff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import type { LatestView } from "../realtime/view.ts";
import { requireConversation } from "./conversation-access.ts";
import { customerKey, presenceTopic } from "./events.ts";
import type { Activity, ConversationPresence } from "./schema.ts";

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
export function setCustomerTyping(ctx: Context, key: string, typing: boolean): void {
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
