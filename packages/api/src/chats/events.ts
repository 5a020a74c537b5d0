import { z } from "zod";
import type { Actor } from "../actor.ts";
import { declareLatest, declareLog, internalOnly } from "../realtime/topic.ts";
import { type BulkEvent, bulkEvent } from "./bulk/schema.ts";
import { type Grant, grant } from "./grants.ts";
import { type TelegramImport, telegramImport } from "./imports/schema.ts";
import {
  type ChatsEvent,
  chatsEvent,
  type Draft,
  draft,
  type SendStateEvent,
  type Session,
  sendStateEvent,
  session,
  type TypingEvent,
  typingEvent,
} from "./schema.ts";

const identified = (actor: Actor): boolean => actor.kind !== "anonymous";

/** What happens in an account's chats. Key: account id. Readers: those who see the account; services ask who that is. */
export const chatsTopic = declareLog<string, ChatsEvent>("chats.account", {
  event: chatsEvent,
  mayRead: identified,
  retention: 10_000,
});

/** Key: account id. */
export const typingTopic = declareLatest<string, TypingEvent>("chats.typing", {
  value: typingEvent,
  mayRead: identified,
});

/** Drafts of the team, whenever they change. Key: account id. */
export const draftsTopic = declareLatest<string, Draft>("chats.drafts", { value: draft, mayRead: identified });

/** What becomes of messages that are sent. Key: account id. */
export const sendsTopic = declareLatest<string, SendStateEvent>("chats.sends", {
  value: sendStateEvent,
  mayRead: identified,
});

/** All grants of an account, in the order of `PRECEDENCE`, whenever they change. Key: account id. */
export const grantsTopic = declareLatest<string, Grant[]>("chats.grants", {
  value: z.array(grant),
  mayRead: internalOnly,
});

/** Which messages to many changed. Key: account id. */
export const bulkTopic = declareLog<string, BulkEvent>("chats.bulk", {
  event: bulkEvent,
  mayRead: identified,
  retention: 1_000,
});

/** State and health of an account. Key: account id. */
export const sessionTopic = declareLatest<string, Session>("chats.session", { value: session, mayRead: identified });

/** Accounts were linked, unlinked or expired: the nodes look at which they are to hold. */
export const accountsTopic = declareLatest<"changed", null>("chats.accounts", {
  value: z.null(),
  mayRead: internalOnly,
});

/** How far an import is. Key: its id. Readers: its owner, whom services ask for. */
export const importTopic = declareLatest<string, TelegramImport>("chats.import", {
  value: telegramImport,
  mayRead: identified,
});

/** There are exports to read. */
export const importWorkTopic = declareLatest<"changed", null>("chats.imports", {
  value: z.null(),
  mayRead: internalOnly,
});
