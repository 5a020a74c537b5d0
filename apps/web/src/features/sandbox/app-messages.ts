import type { SandboxUser } from "@pult/sandbox/control.ts";
import type { Outgoing } from "../thread/send-queue.ts";
import type { AppMessage } from "./app-client.ts";

/** The `user_id` that the operator's own backend knows this customer by; nothing to do with Telegram's. */
export const appUserId = ({ username }: Pick<SandboxUser, "username">): string => username;

export type AppMessageBody = { text: string; photos: readonly { file: File; previewUrl: string }[] };

/** A message that the app is sending or could not send, with the reason in the server's words. */
export type AppOutgoing = Outgoing<AppMessageBody, string>;

/** What comes from history and what comes live, each message once, in order. */
export function mergeAppMessages(known: readonly AppMessage[], more: readonly AppMessage[]): AppMessage[] {
  const byId = new Map(known.map((message) => [message.message_id, message]));
  for (const message of more) byId.set(message.message_id, message);
  return [...byId.values()].sort((a, b) => a.message_id - b.message_id);
}

/** The document's instants are UTC without saying so. */
export const instantOf = (createdAt: string): string => `${createdAt.replace(" ", "T")}Z`;
