import type { Message } from "../../chats/schema.ts";
import { chatKey, type PastMessage } from "../../chats/store/facts.ts";
import { isOwn, isTriggered } from "./rules.ts";
import type { Trigger } from "./schema.ts";

interface Found {
  message: Message;
  at: Date;
}

/** Which of these messages, oldest first, would have set off a trigger, and when. */
export function findReactions(trigger: Trigger, messages: readonly PastMessage[], now: Date): Found[] {
  if (trigger.type === "noAnswer") return findUnanswered(messages, { minutes: trigger.minutes, now });
  return messages
    .filter(({ message, isFirst }) => isTriggered(trigger, message, isFirst))
    .map(({ message }) => ({ message, at: new Date(message.date) }));
}

/** Messages that waited for so long, the first of each that were not answered. */
function findUnanswered(messages: readonly PastMessage[], { minutes, now }: { minutes: number; now: Date }): Found[] {
  const found: Found[] = [];
  const waiting = new Map<string, Message>();
  const dueOf = (message: Message) => new Date(Date.parse(message.date) + minutes * 60_000);
  const endAt = (key: string, at: Date) => {
    const message = waiting.get(key);
    if (!message || dueOf(message) > at) return;
    found.push({ message, at: dueOf(message) });
    waiting.delete(key);
  };
  for (const { message } of messages) {
    if (message.isService || isOwn(message)) continue;
    const key = chatKey(message);
    endAt(key, new Date(message.date));
    if (message.isOutgoing) waiting.delete(key);
    else if (!waiting.has(key)) waiting.set(key, message);
  }
  for (const key of [...waiting.keys()]) endAt(key, now);
  return found.toSorted((one, other) => one.at.getTime() - other.at.getTime());
}
