import { z } from "zod";
import type { WorldEvent } from "../control.ts";
import type { Host } from "../module.ts";

export type MtprotoHost = Host<MtprotoState, WorldEvent>;

/**
 * A TL object as JSON: the class in `_`, 64-bit numbers as `{ $long: "digits" }`, bytes as `{ $bytes: base64 }`. For what
 * the world keeps and hands on without looking into it: entities, attributes, typing actions, places, contacts.
 */
export type Plain = { _: string; [member: string]: unknown };
const plain = z.looseObject({ _: z.string() });

/** Times in this file are Unix seconds, ids of people, groups and channels Telegram's without a mark. */
const person = z.object({
  id: z.number(),
  firstName: z.string(),
  lastName: z.string(),
  username: z.string().nullable(),
  /** Digits. */
  phone: z.string().nullable(),
  about: z.string(),
  isBot: z.boolean(),
  /** Of `files`. */
  photo: z.string().nullable(),
  isOnline: z.boolean(),
  seenAt: z.number(),
});
export type Person = z.infer<typeof person>;

/** Something that happened in a box of messages; the box's `pts` was `pts` after it. */
const change = z.object({
  pts: z.number(),
  /** How far it moved `pts`; 0 for what only informs. */
  count: z.number(),
  at: z.number(),
  kind: z.enum(["message", "edit", "reactions", "delete", "readInbox", "readOutbox"]),
  chat: z.string(),
  /** A message of that chat. */
  uid: z.number().optional(),
  ids: z.array(z.number()).optional(),
  maxId: z.number().optional(),
  unread: z.number().optional(),
});
export type Change = z.infer<typeof change>;

const box = z.object({
  pts: z.number(),
  nextMessageId: z.number(),
  /** Oldest first; clients that are further behind must read everything again. */
  log: z.array(change),
});
export type Box = z.infer<typeof box>;

const account = z.object({
  personId: z.number(),
  password: z.string().nullable(),
  hint: z.string(),
  /** Codes that count: one for each key that waits for one, all of the same value. */
  codes: z
    .array(
      z.object({ authKey: z.string(), value: z.string(), hash: z.string(), expiresAt: z.number(), wrong: z.number() }),
    )
    .default([]),
  restriction: z.enum(["none", "peerFlood", "frozen"]),
  contacts: z.array(z.object({ personId: z.number(), firstName: z.string(), lastName: z.string() })),
  box,
  /** Random ids of the latest sends, oldest first. */
  randomIds: z.array(z.string()),
});
export type Account = z.infer<typeof account>;

const message = z.object({
  /** Names the message in the sandbox; every box has an id of its own for it. */
  uid: z.number(),
  /** A person; null: the channel itself. */
  fromId: z.number().nullable(),
  date: z.number(),
  editedAt: z.number().nullable(),
  text: z.string(),
  entities: z.array(plain),
  media: z
    .union([
      z.object({ kind: z.literal("file"), file: z.string(), isSpoiler: z.boolean() }),
      z.object({ kind: z.literal("other"), media: plain }),
    ])
    .nullable(),
  replyTo: z.number().nullable(),
  /** Uid of the message that began the topic. */
  topic: z.number().nullable(),
  forward: z
    .object({
      fromId: z.number().nullable(),
      name: z.string().nullable(),
      channel: z.string().nullable(),
      date: z.number(),
    })
    .nullable(),
  /** Messages of one album share it. */
  album: z.string().nullable(),
  reactions: z.array(z.object({ personId: z.number(), emoji: z.string(), at: z.number() })),
  /** Service messages only: a `MessageAction`. */
  action: plain.nullable(),
  isSilent: z.boolean(),
  fromScheduled: z.boolean(),
  /** Id in each box that has it. */
  ids: z.record(z.string(), z.number()),
});
export type Message = z.infer<typeof message>;
export type Media = NonNullable<Message["media"]>;

const dialog = z.object({
  readInbox: z.number(),
  readOutbox: z.number(),
  isPinned: z.boolean(),
  isMarkedUnread: z.boolean(),
  /** Unix time until which it is silent; 0: not. */
  mutedUntil: z.number(),
  isArchived: z.boolean(),
  draft: z
    .object({ text: z.string(), entities: z.array(plain), replyTo: z.number().nullable(), date: z.number() })
    .nullable(),
});
export type Dialog = z.infer<typeof dialog>;

const member = z.object({ personId: z.number(), role: z.enum(["creator", "admin", "member"]), joinedAt: z.number() });

const scheduled = z.object({
  id: z.number(),
  accountId: z.number(),
  /** Unix time at which it is sent. */
  dueAt: z.number(),
  message,
});
export type Scheduled = z.infer<typeof scheduled>;

const chat = z.object({
  /** `u<id>-<id>` for two people (or one alone), `g<id>` for a basic group, `c<id>` for a channel or supergroup. */
  key: z.string(),
  kind: z.enum(["private", "group", "supergroup", "channel"]),
  /** 0 in a private chat. */
  id: z.number(),
  title: z.string(),
  username: z.string().nullable(),
  about: z.string(),
  photo: z.string().nullable(),
  isForum: z.boolean(),
  createdAt: z.number(),
  members: z.array(member),
  /** The uid is that of the service message that began it. */
  topics: z.array(z.object({ uid: z.number(), title: z.string(), isClosed: z.boolean() })),
  /** Channels and supergroups only. */
  box: box.nullable(),
  /** Oldest first. */
  messages: z.array(message),
  /** By account. */
  dialogs: z.record(z.string(), dialog),
  scheduled: z.array(scheduled),
});
export type Chat = z.infer<typeof chat>;

/** A client's key: what Telegram calls a session. */
const authKey = z.object({
  /** Eight bytes, hex. */
  id: z.string(),
  /** base64. */
  key: z.string(),
  /** Signed 64 bits in digits, like `hash`. */
  salt: z.string(),
  /** Names the session for other devices. */
  hash: z.string(),
  accountId: z.number().nullable(),
  /** Answered to calls after the session was ended from outside. */
  endedAs: z.enum(["AUTH_KEY_UNREGISTERED", "SESSION_REVOKED", "USER_DEACTIVATED_BAN"]).nullable(),
  device: z.object({ model: z.string(), system: z.string(), app: z.string(), apiId: z.number() }),
  createdAt: z.number(),
  activeAt: z.number(),
});
export type StoredAuthKey = z.infer<typeof authKey>;

const file = z.object({
  /** `mtproto-<id>`: names its bytes. */
  unique: z.string(),
  id: z.string(),
  kind: z.enum(["photo", "document"]),
  mime: z.string(),
  size: z.number(),
  width: z.number(),
  height: z.number(),
  /** `DocumentAttribute`s. */
  attributes: z.array(plain),
  /** A further file. */
  thumb: z.string().nullable(),
  date: z.number(),
});
export type StoredFile = z.infer<typeof file>;

export const mtprotoState = z.object({
  /** PKCS#8 PEM; null until it is first needed. */
  privateKey: z.string().nullable(),
  /** Access hashes follow from it, hex. */
  secret: z.string(),
  authKeys: z.array(authKey),
  people: z.array(person),
  accounts: z.array(account),
  chats: z.array(chat),
  files: z.array(file),
  /** References of files that carry another number are expired. */
  fileEpoch: z.number(),
  /** Survives a reset: no id is given out twice. */
  nextId: z.number(),
});
export type MtprotoState = z.infer<typeof mtprotoState>;

/** Telegram's own account, which sends sign-in codes. */
export const SERVICE_ID = 777_000;
