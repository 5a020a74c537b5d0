import { z } from "zod";

/**
 * Telegram's data centre in the control API: requests below `mtproto/`, and what the page is shown. The page imports types
 * of it only. `chat` is a chat's key, `to` an account: then it is the private chat with it.
 *
 * | request | body | answer |
 * |---|---|---|
 * | `GET  data-centre` | | `{ address, publicKey }`: for any client; `host:port`, and SPKI in PEM |
 * | `GET  chats/:key` | | `SandboxMtprotoChat`: with its latest messages |
 * | `POST messages` | `Write` as JSON, or multipart: field `json` plus files `photo`, `voice`, `video`, `document` | `{ chat, uids }` |
 * | `POST burst` | `Write` with `count`: so many messages, numbered | `{ chat, uids }` |
 * | `POST edit` | `{ uid, text }` | `{}` |
 * | `POST delete` | `{ uids }`: for everybody | `{}` |
 * | `POST react` | `{ uid, from, emoji }`, null takes it back | `{}` |
 * | `POST read` | `{ from, to?, chat? }` | `{}` |
 * | `POST typing` | `{ from, to?, chat?, action }` | `{}` |
 * | `POST online` | `{ from, isOnline }` | `{}` |
 * | `POST scan` | `{ token, accountId }`: the account's phone scans the QR code; a `tg://login?token=` address will do | `{}` |
 * | `POST send-scheduled` | `{ accountId }`: sends what it has scheduled, without waiting for its time | `{}` |
 * | `POST expire-code` | `{ accountId }` | `{}` |
 * | `POST people` | `CreatePerson` | `{ personId }` |
 * | `POST rename` | `{ from, chat, title }` | `{}` |
 * | `POST accounts` | `CreateAccount` | `{ accountId }` |
 * | `POST restriction` | `{ accountId, restriction }`: `none`, `peerFlood` or `frozen` | `{}` |
 * | `POST revoke` | `{ accountId, answer? }`: ends the account's sessions, which then get that error | `{}` |
 * | `POST plan` | `PlannedFault`: for the next calls of a method | `{}` |
 * | `POST connections` | `{ what: "drop" \| "freeze" \| "rotateSalts" \| "forgetKeys" }` | `{}` |
 * | `POST forget-updates` | `{ accountId?, chat? }`: the next difference is too long | `{}` |
 * | `POST expire-files` | | `{}`: every file reference is expired |
 * | `GET files/:unique` | | the bytes |
 */

const place = { to: z.number().optional(), chat: z.string().optional() };

const span = { offset: z.int().min(0), length: z.int().min(1) };
/** TL's entities as JSON, such as `{ _: "MessageEntityBold", offset: 0, length: 4 }`. */
const entity = z.discriminatedUnion("_", [
  z.object({
    _: z.enum([
      "MessageEntityBold",
      "MessageEntityItalic",
      "MessageEntityUnderline",
      "MessageEntityStrike",
      "MessageEntitySpoiler",
      "MessageEntityCode",
      "MessageEntityBlockquote",
      "MessageEntityMention",
      "MessageEntityHashtag",
      "MessageEntityCashtag",
      "MessageEntityBotCommand",
      "MessageEntityUrl",
      "MessageEntityEmail",
      "MessageEntityPhone",
    ]),
    ...span,
  }),
  z.object({ _: z.literal("MessageEntityPre"), ...span, language: z.string() }),
  z.object({ _: z.literal("MessageEntityTextUrl"), ...span, url: z.string() }),
  z.object({
    _: z.literal("MessageEntityMentionName"),
    ...span,
    userId: z.object({ $long: z.string().regex(/^\d+$/) }),
  }),
]);

export const write = z.object({
  /** A person. */
  from: z.number(),
  ...place,
  text: z.string().max(4_096).default(""),
  entities: z.array(entity).default([]),
  /** Uid of the message that it answers. */
  replyTo: z.number().optional(),
  /** Uid of the message that began the topic. */
  topic: z.number().optional(),
});
export type Write = z.input<typeof write>;

export const burst = write.extend({ count: z.int().min(1).max(100_000) });
export type Burst = z.input<typeof burst>;

export const inChat = z.object({ from: z.number(), ...place });
export type InChat = z.infer<typeof inChat>;

export const typing = inChat.extend({
  action: z
    .enum([
      "SendMessageTypingAction",
      "SendMessageCancelAction",
      "SendMessageRecordAudioAction",
      "SendMessageUploadAudioAction",
      "SendMessageRecordVideoAction",
      "SendMessageUploadVideoAction",
      "SendMessageUploadPhotoAction",
      "SendMessageUploadDocumentAction",
      "SendMessageChooseStickerAction",
      "SendMessageGamePlayAction",
    ])
    .default("SendMessageTypingAction"),
});
export type Typing = z.input<typeof typing>;

export const createPersonInput = z.object({
  firstName: z.string().min(1),
  lastName: z.string().default(""),
  username: z.string().optional(),
  /** Digits; must be new. */
  phone: z
    .string()
    .regex(/^\d{5,15}$/)
    .optional(),
});
export type CreatePerson = z.input<typeof createPersonInput>;

export const createAccountInput = createPersonInput.extend({
  phone: z.string().regex(/^\d{5,15}$/),
  password: z.string().optional(),
});
export type CreateAccount = z.input<typeof createAccountInput>;

export const restriction = z.enum(["none", "peerFlood", "frozen"]);
export const sessionEnd = z.enum(["AUTH_KEY_UNREGISTERED", "SESSION_REVOKED", "USER_DEACTIVATED_BAN"]);
export const onConnections = z.enum(["drop", "freeze", "rotateSalts", "forgetKeys"]);
/** What happens to the next calls of a method. */
export const plannedFault = z.intersection(
  z.object({
    /** `messages.sendMessage`, or `*` for any. */
    method: z.string().default("*"),
    /** Absent: of any account. */
    accountId: z.number().optional(),
    times: z.int().min(1).max(100_000).default(1),
  }),
  z.discriminatedUnion("kind", [
    /** `FLOOD_WAIT_30`, `PHONE_MIGRATE_4`, `INTERNAL`… `code`: where Telegram's own is not meant. */
    z.object({ kind: z.literal("error"), error: z.string().regex(/^[A-Z][A-Z0-9_]*$/), code: z.int().optional() }),
    z.object({ kind: z.literal("delay"), ms: z.number().min(0).max(600_000) }),
    /** The connection is cut before or after the call takes effect. */
    z.object({ kind: z.literal("drop"), when: z.enum(["before", "after"]) }),
  ]),
);
export type PlannedFault = z.output<typeof plannedFault>;
export type Plan = z.input<typeof plannedFault>;

export interface SandboxMtprotoPerson {
  id: number;
  name: string;
  username: string | null;
  phone: string | null;
  isBot: boolean;
}

/** A person whose account can be linked. */
export interface SandboxMtprotoAccount {
  personId: number;
  phone: string;
  /** Null: it has none. Shown, because everything here is play. */
  password: string | null;
  /** The sign-in code that Telegram has sent and that counts now. */
  code: string | null;
  restriction: z.infer<typeof restriction>;
  sessions: { hash: string; device: string; activeAt: string }[];
}

export interface SandboxMtprotoMessage {
  uid: number;
  /** Null: the channel. */
  fromId: number | null;
  text: string;
  /** `file`: load it at `mtproto/files/<file>`; null for places and contacts. */
  media: { type: "photo" | "voice" | "video" | "document" | "other"; file: string | null; name: string | null } | null;
  replyTo: number | null;
  topic: number | null;
  album: string | null;
  reactions: { personId: number; emoji: string }[];
  isService: boolean;
  sentAt: string;
  editedAt: string | null;
  /** Accounts that it can be read by and have read it. */
  readBy: number[];
}

export interface SandboxMtprotoChatRow {
  key: string;
  kind: "private" | "group" | "supergroup" | "channel";
  title: string;
  people: number[];
  topics: { uid: number; title: string }[];
  latest: SandboxMtprotoMessage | null;
}

export interface SandboxMtprotoChat extends SandboxMtprotoChatRow {
  /** The latest, oldest first. */
  messages: SandboxMtprotoMessage[];
  scheduled: { uid: number; accountId: number; text: string; dueAt: string }[];
}

export interface SandboxMtproto {
  accounts: SandboxMtprotoAccount[];
  people: SandboxMtprotoPerson[];
  /** Those with the newest message first. */
  chats: SandboxMtprotoChatRow[];
}

/** Something changed; `typing` changes nothing that is kept. */
export type MtprotoEvent = {
  type: "mtproto";
  typing?: { chat: string; personId: number; action: string };
};

/** Fault switches of the data centre. */
export interface MtprotoFaults {
  mtprotoDown: boolean;
  mtprotoFrozen: boolean;
  mtprotoDelayMs: number;
  /** ISO 8601; null: off. */
  mtprotoFloodUntil: string | null;
}
