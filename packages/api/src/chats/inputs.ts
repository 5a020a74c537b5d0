import { z } from "zod";
import { instant } from "../instant.ts";
import { isStorable } from "../storable.ts";
import { TYPING_ACTIONS } from "./engine/telegram.ts";
import { ACCESS, type Access } from "./grants.ts";
import { type Message, messageEntity, storable, type User } from "./schema.ts";

/** What calls about linked accounts take. */

/** Any version of UUID. */
export const accountId = z.guid();
/** Marked as in the Bot API. */
export const chatId = z
  .union([z.string(), z.int().transform(String)])
  .pipe(z.string().regex(/^-?[1-9]\d{0,18}$/, "A chat id: a user's, `-` a group's, or `-100` a channel's"));
export const messageId = z.union([z.string(), z.int().transform(String)]).pipe(
  z
    .string()
    .regex(/^[1-9]\d{0,15}$/, "A positive whole number")
    .transform(Number),
);
const clientId = storable(z.string().min(1).max(255));
const limit = z.int().min(1).max(100).default(30);
const query = storable(z.string().max(256)).optional();
const ofAccount = { accountId: accountId.optional() };
const ofChat = { ...ofAccount, chatId };
const paged = { limit, offsetId: z.string().min(1).max(200).optional() };

/** ISO 8601 with zone, or whole Unix seconds. */
export const moment = z.union([
  instant.transform((text) => new Date(text)),
  z
    .union([
      z.int(),
      z
        .string()
        .regex(/^\d{1,11}$/)
        .transform(Number),
    ])
    .pipe(z.int().min(0).max(32_503_680_000))
    .transform((seconds) => new Date(seconds * 1_000)),
]);

export const pageInput = z.object(paged);
export type PageInput = z.infer<typeof pageInput>;
export const accountPageInput = z.object({ ...ofAccount, ...paged, query });
export type AccountPageInput = z.infer<typeof accountPageInput>;
export const chatInput = z.object(ofChat);
export type ChatInput = z.infer<typeof chatInput>;
export const chatPageInput = z.object({ ...ofChat, ...paged });
export type ChatPageInput = z.infer<typeof chatPageInput>;
export const messagesInput = z.object({
  ...ofChat,
  limit,
  offsetId: messageId.optional(),
  offsetDate: moment.optional(),
});
export type MessagesInput = z.infer<typeof messagesInput>;
export const searchInput = z.object({
  ...ofAccount,
  chatId: chatId.optional(),
  query: storable(z.string().trim().min(1).max(256)),
  ...paged,
});
export type SearchInput = z.infer<typeof searchInput>;
export const resolveInput = z.object({
  ...ofAccount,
  username: z
    .string()
    .regex(/^@?\w{3,32}$/)
    .transform((name) => name.replace("@", ""))
    .optional(),
  phoneNumber: z.string().max(32).optional(),
});
export type ResolveInput = z.infer<typeof resolveInput>;

export const MAX_TEXT = 32_768;
const mediaRef = z.object({ id: z.string().min(1).max(100), spoiler: z.boolean().default(false) });

/** Of a message that is sent; with text or media. */
export const sendBody = z.object({
  text: z.string().max(MAX_TEXT).refine(isStorable, "No NUL or half characters").default(""),
  entities: z.array(messageEntity).max(100).default([]),
  replyToMessageId: messageId.nullish(),
  media: z.union([mediaRef.transform((one) => [one]), z.array(mediaRef).min(2).max(10)]).nullish(),
  scheduleDate: moment.nullish(),
  clientId: clientId.nullish(),
  silent: z.boolean().default(false),
});
export type SendBody = z.infer<typeof sendBody>;
export const sendInput = sendBody.extend(ofChat);
export type SendInput = z.infer<typeof sendInput>;
/** The first part, and all of them where there are several. */
export interface Sent {
  message: Message;
  parts: Message[];
  /** Whether an earlier call with this client id sent it. */
  isRepeat: boolean;
}

export const editInput = z.object({
  ...ofChat,
  messageId,
  text: z.string().max(4_096).refine(isStorable, "No NUL or half characters"),
  entities: z.array(messageEntity).max(100).default([]),
});
export type EditInput = z.infer<typeof editInput>;
export const deleteInput = z.object({
  ...ofChat,
  messageIds: z.array(messageId).min(1).max(100),
  forEveryone: z.boolean().default(true),
});
export type DeleteInput = z.infer<typeof deleteInput>;
export const forwardInput = z.object({
  ...ofChat,
  messageIds: z.array(messageId).min(1).max(100),
  toChatId: chatId,
  clientId,
});
export type ForwardInput = z.infer<typeof forwardInput>;
export const reactInput = z.object({ ...ofChat, messageId, emoji: z.string().min(1).max(32).nullable() });
export type ReactInput = z.infer<typeof reactInput>;
export const messageInput = z.object({ ...ofChat, messageId });
export type MessageInput = z.infer<typeof messageInput>;
export const retryInput = z.object({ ...ofChat, clientId });
export type RetryInput = z.infer<typeof retryInput>;
export const typingInput = z.object({ ...ofChat, action: z.enum([...TYPING_ACTIONS, "cancel"]).default("typing") });
export type TypingInput = z.infer<typeof typingInput>;
export const readInput = z.object({ ...ofChat, maxId: messageId.optional() });
export type ReadInput = z.infer<typeof readInput>;

/** A phone number in international form: spaces, brackets, dashes and dots are dropped. */
export const phoneNumber = z
  .string()
  .max(64)
  .transform((text) => text.replace(/[\s().-]/g, ""))
  .pipe(z.string().regex(/^\+?\d{5,15}$/, "A phone number in international form"));

export const initInput = z
  .object({
    apiId: z
      .union([
        z.int().positive(),
        z
          .string()
          .regex(/^\d{1,10}$/)
          .transform(Number),
      ])
      .pipe(z.int().min(1).max(2_147_483_647))
      .nullish(),
    apiHash: z
      .string()
      .regex(/^[0-9a-fA-F]{32}$/, "32 hexadecimal digits")
      .nullish(),
    /** For a key: the app user who will own the account. */
    ownerId: storable(z.string().min(1).max(128)).optional(),
  })
  .refine(({ apiId, apiHash }) => (apiId == null) === (apiHash == null), {
    message: "Give both apiId and apiHash, or neither",
    path: ["apiHash"],
  });
export type InitInput = z.infer<typeof initInput>;
export const sessionInput = z.object({ sessionId: accountId });
export type SessionInput = z.infer<typeof sessionInput>;
export const requestCodeInput = z.object({ sessionId: accountId, phoneNumber });
export type RequestCodeInput = z.infer<typeof requestCodeInput>;
export const signInInput = z
  .object({
    sessionId: accountId,
    code: z.string().trim().min(1).max(32).optional(),
    /** The document's name for `code`. */
    phoneCode: z.string().trim().min(1).max(32).optional(),
    phoneCodeHash: z.string().max(255).nullish(),
  })
  .transform(({ phoneCode, ...input }) => ({ ...input, code: input.code ?? phoneCode ?? "" }))
  .refine(({ code }) => code !== "", { message: "Missing", path: ["code"] });
export type SignInInput = z.infer<typeof signInInput>;
export const passwordInput = z.object({ sessionId: accountId, password: z.string().min(1).max(1_024) });
export type PasswordInput = z.infer<typeof passwordInput>;

/** What each step of linking answers. */
export type LinkStep =
  | { sessionId: string; status: "INITIALIZED" }
  | { sessionId: string; phoneCodeHash: string; timeout: number; status: "CODE_REQUESTED" }
  | { sessionId: string; status: "PASSWORD_REQUIRED"; hint: string | null }
  | { sessionId: string; status: "AUTHORIZED"; user: User };
/** What a QR sign-in says. */
export type QrEvent =
  | { type: "token"; url: string; expiresAt: string }
  | { type: "done"; status: "AUTHORIZED" | "PASSWORD_REQUIRED"; user?: User };

export const oneAccountInput = z.object({ accountId });
export type OneAccountInput = z.infer<typeof oneAccountInput>;
export const unlinkInput = z.object({ accountId, purge: z.boolean().default(false) });
export type UnlinkInput = z.infer<typeof unlinkInput>;
export const shareInput = z
  .object({
    accountId,
    /** A documented role, or the name of a custom one. */
    role: storable(z.string().min(1).max(100)).optional(),
    /** A member of the team. */
    memberId: z.guid().optional(),
    /** Absent: all chats of the account. */
    chatId: chatId.optional(),
    /** Null removes the grant. */
    access: z.enum(ACCESS).nullable(),
    /** When it ends by itself; absent or null: when it is removed. */
    until: moment.nullish(),
  })
  .refine(({ role, memberId }) => (role === undefined) !== (memberId === undefined), {
    message: "Give role or memberId",
    path: ["role"],
  });
export type ShareInput = z.infer<typeof shareInput>;

/** A grant, as the account's owner sees it. */
export interface Share {
  role: string | null;
  memberId: string | null;
  /** What the member is called; null of roles. */
  memberName: string | null;
  chatId: string | null;
  /** What the chat is called; null of the whole account. */
  chatTitle: string | null;
  access: Access;
  until: string | null;
}
/** Where an account is signed in. */
export interface AccountDevice {
  id: string;
  device: string;
  platform: string;
  ip: string;
  createdAt: string;
  activeAt: string;
  isCurrent: boolean;
}
export const deviceInput = z.object({ accountId, deviceId: z.string().regex(/^-?\d{1,20}$/) });
export type DeviceInput = z.infer<typeof deviceInput>;
export const receiptsInput = z.object({ accountId, sendReceipts: z.boolean() });
export type ReceiptsInput = z.infer<typeof receiptsInput>;

export const crmEntityType = z.string().regex(/^[a-z][a-z0-9_-]{0,49}$/, "Lower-case letters, digits, `_`, `-`");
export const associationKey = z.object({ crmEntityType, crmEntityId: z.guid() });
export const associateInput = associationKey.extend(ofChat);
export type AssociateInput = z.infer<typeof associateInput>;
export const removeAssociationInput = z.object({ id: z.guid() });
export type RemoveAssociationInput = z.infer<typeof removeAssociationInput>;
/** By its key, or by its id. */
export type DissociateInput = ChatInput & (z.infer<typeof associationKey> | RemoveAssociationInput);
export const listAssociationsInput = z.object({
  ...ofAccount,
  chatId: chatId.optional(),
  crmEntityType: crmEntityType.optional(),
  crmEntityId: z.guid().optional(),
  ...paged,
});
export type ListAssociationsInput = z.infer<typeof listAssociationsInput>;

export const draftsInput = z.object({ ...ofAccount, chatId: chatId.optional() });
export type DraftsInput = z.infer<typeof draftsInput>;
export const saveDraftInput = z.object({
  ...ofChat,
  text: storable(z.string().max(MAX_TEXT)),
  /** The one that was seen last; 0 without one. */
  revision: z.int().min(0),
});
export type SaveDraftInput = z.infer<typeof saveDraftInput>;

export const followChatsInput = z.object({ ...ofAccount, lastEventId: z.string().max(100).nullish() });
export type FollowChatsInput = z.infer<typeof followChatsInput>;
export const followAccountInput = z.object(ofAccount);
export type FollowAccountInput = z.infer<typeof followAccountInput>;
