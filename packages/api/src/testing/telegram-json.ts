import type { Customer } from "../actor.ts";
import { GROUP_ID } from "./telegram-desk.ts";

type Json = Record<string, unknown>;

let lastMessageId = 500_000;
/** Ids of messages that people write; the fake bot counts its own from 1. */
export const nextMessageId = (): number => ++lastMessageId;

/** A message as Telegram delivers it from the customer's private chat. */
export function fromCustomer(customer: Customer, content: Json): Json {
  const id = Number(customer.externalId);
  return {
    message_id: nextMessageId(),
    from: {
      id,
      is_bot: false,
      first_name: customer.name,
      ...(customer.username ? { username: customer.username } : {}),
      language_code: customer.languageCode ?? "en",
    },
    chat: { id, first_name: customer.name, type: "private" },
    date: 1_773_144_000,
    ...content,
  };
}

/** A message of an agent in the support group. */
export function inGroup(content: Json): Json {
  return {
    message_id: nextMessageId(),
    from: { id: 900_001, is_bot: false, first_name: "Olga" },
    chat: { id: GROUP_ID, title: "Support", type: "supergroup", is_forum: true },
    date: 1_773_144_000,
    ...content,
  };
}

/** What Telegram tells of a message that is replied to. */
export const replyTo = (messageId: number | undefined): Json => ({
  reply_to_message: { message_id: messageId, date: 1, chat: { id: GROUP_ID } },
});

export const photoOf = (fileId: string): Json => ({
  photo: [
    { file_id: `${fileId}-small`, width: 90, height: 60 },
    { file_id: fileId, width: 1_280, height: 853 },
  ],
});
