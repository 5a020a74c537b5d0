import type { Transaction } from "@pult/db/database.ts";
import { automationWaits } from "@pult/db/schema/workflows.ts";
import { and, eq, inArray } from "drizzle-orm";
import type { ChatsEvent, Message } from "../../chats/schema.ts";
import { chatKey } from "../../chats/store/facts.ts";
import type { StoredEvent } from "../events/read.ts";
import { isOwn } from "./rules.ts";
import type { Trigger } from "./schema.ts";

/** What a page of events does to messages that wait for an answer. */
interface Waits {
  begin: { event: StoredEvent; message: Message }[];
  end: { accountId: string; chatId: string; messageIds: readonly string[] | null }[];
}

/** The message that an event is about. */
export const messageOf = ({ payload }: StoredEvent): Message | null =>
  "message" in payload ? (payload.message as Message) : null;

/** What a page of events says of messages that are to be answered. */
export function waitsOf(events: readonly StoredEvent[]): Waits {
  const waits: Waits = { begin: [], end: [] };
  for (const event of events) {
    const payload = event.payload as ChatsEvent;
    if (payload.type === "messageDeleted") {
      const { accountId, chatId, messageIds } = payload;
      const isOf = ({ message }: Waits["begin"][number]) =>
        chatKey(message) === chatKey(payload) && messageIds.includes(message.id);
      waits.begin = waits.begin.filter((one) => !isOf(one));
      waits.end.push({ accountId, chatId, messageIds });
      continue;
    }
    const message = messageOf(event);
    if (!message || message.isService || isOwn(message)) continue;
    if (!message.isOutgoing) waits.begin.push({ event, message });
    else {
      waits.begin = waits.begin.filter((one) => chatKey(one.message) !== chatKey(message));
      waits.end.push({ accountId: message.accountId, chatId: message.chatId, messageIds: null });
    }
  }
  return waits;
}

/** Ends come first: what begins in the same page came after them. The first message of a chat counts. */
export async function storeWaits(
  tx: Transaction,
  { automationId, trigger }: { automationId: string; trigger: Trigger },
  { begin, end }: Waits,
): Promise<void> {
  if (trigger.type !== "noAnswer") return;
  for (const { accountId, chatId, messageIds } of end)
    await tx
      .delete(automationWaits)
      .where(
        and(
          eq(automationWaits.automationId, automationId),
          eq(automationWaits.accountId, accountId),
          eq(automationWaits.chatId, chatId),
          messageIds === null ? undefined : inArray(automationWaits.telegramId, [...messageIds]),
        ),
      );
  if (begin.length === 0) return;
  const afterMs = trigger.minutes * 60_000;
  await tx
    .insert(automationWaits)
    .values(
      begin.map(({ event, message }) => ({
        automationId,
        accountId: message.accountId,
        chatId: message.chatId,
        telegramId: message.id,
        event,
        dueAt: new Date(Date.parse(message.date) + afterMs),
      })),
    )
    .onConflictDoNothing();
}
