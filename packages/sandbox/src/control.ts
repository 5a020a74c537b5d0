import { z } from "zod";
import type { InstagramFaults, SandboxInstagram } from "./instagram/control.ts";
import type { MtprotoEvent, MtprotoFaults, SandboxMtproto } from "./mtproto/control.ts";
import type { SandboxTraders, TradersEvent } from "./traders/control.ts";

/**
 * The sandbox's control API: JSON over HTTP, events over SSE. The page imports types of it only.
 *
 * | request | body | answer |
 * |---|---|---|
 * | `GET  world` | | `World` |
 * | `GET  events` | | SSE of `WorldEvent`, one `data:` line each, after a first `{ type: "world" }` |
 * | `POST telegram/messages` | `SendAsUser` as JSON, or multipart: field `json` plus files `photo` | `{ messageIds }` |
 * | `POST telegram/edit` | `EditAsUser` | `{}` |
 * | `POST telegram/delete-topic` | `{ threadId, chatId? }`: of the support group, or of the group `chatId` | `{}` |
 * | `POST telegram/close-topic` | `{ threadId, isClosed, chatId? }` | `{}` |
 * | `POST telegram/delete-message` | `{ chatId, messageId }`: as a user does; the bot gets no update | `{}` |
 * | `POST telegram/block` | `{ userId, blocked }`: the user blocks or unblocks the bot | `{}` |
 * | `POST telegram/migrate-group` | | `{ chatId }` |
 * | `GET  telegram/files/:fileUniqueId` | | the bytes, with their content type |
 * | `POST telegram/launch` | `{ userId }` | `{ fragment }`: the Mini App's launch parameters with signed `initData`, put behind `/app#` |
 * | `POST app/token` | `{ userId }` | `{ token }`: the JWT that the operator's own backend would mint for its app |
 * | `POST push/devices` | `CreateDevice` | `PushDevice` |
 * | `POST push/device-state` | `{ deviceId, state }` | `PushDevice` |
 * | `POST push/clear` | | `{}` |
 * | `instagram/…` | see instagram/control.ts | |
 * | `mtproto/…` | see mtproto/control.ts | |
 * | `traders/…` | see traders/control.ts | |
 * | `POST faults` | `Partial<Faults>` | `Faults` |
 * | `POST reset` | | `World` |
 *
 * A refusal is 4xx with `{ error: string }`.
 */

/** A Telegram user of the sandbox. `staff` are members of the support group. Ids are Telegram user ids. */
export const sandboxUser = z.object({
  id: z.number(),
  name: z.string(),
  username: z.string(),
  languageCode: z.string(),
  staff: z.boolean(),
});
export type SandboxUser = z.infer<typeof sandboxUser>;

/** One photo of a Telegram message; load it at `telegram/files/<fileUniqueId>`. */
export interface SandboxPhoto {
  fileUniqueId: string;
  width: number;
  height: number;
}

/** A message as the phones show it. */
export interface SandboxMessage {
  chatId: number;
  messageId: number;
  /** Topic of the group; null in a private chat and in General. */
  threadId: number | null;
  from: { id: number; name: string; bot: boolean };
  text: string;
  photo: SandboxPhoto | null;
  /** Name of a document, when the message carries one. */
  document: string | null;
  /** Parts of one album share it. */
  mediaGroupId: string | null;
  replyToMessageId: number | null;
  pinned: boolean;
  /** Set for service messages ("topic created"), whose `text` is then the words to show. */
  service: boolean;
  sentAt: string;
  editedAt: string | null;
}

export const sandboxTopic = z.object({
  threadId: z.number(),
  name: z.string(),
  createdAt: z.string(),
  /** In the live group the bot may not write there. */
  isClosed: z.boolean().default(false),
});
export type SandboxTopic = z.infer<typeof sandboxTopic>;

/** A private chat of `userId` with the bot; its chat id is the user's id. */
export interface SandboxPrivateChat {
  userId: number;
  messages: SandboxMessage[];
}

export interface SandboxGroup {
  chatId: number;
  title: string;
  topics: SandboxTopic[];
  messages: SandboxMessage[];
}

/** A simulated device: an FCM registration, or a browser's Web Push subscription (RFC 8030). */
export type PushDevice = DeviceFacts &
  (
    | { kind: "fcm"; token: string }
    | { kind: "webpush"; subscription: { endpoint: string; keys: { p256dh: string; auth: string } } }
  );

interface DeviceFacts {
  id: string;
  label: string;
  /** As the product knows the owner: an agent's id, or what the app or Telegram names the customer by. */
  userId: string;
  owner: DeviceOwner;
  /** For people; null where `userId` says enough. */
  ownerName: string | null;
  state: PushDeviceState;
}

export const deviceOwner = z.enum(["customer", "agent"]);
export type DeviceOwner = z.infer<typeof deviceOwner>;

/** `gone`: the provider answers UNREGISTERED (FCM) or 410 (Web Push) from now on. */
export const pushDeviceState = z.enum(["active", "gone"]);
export type PushDeviceState = z.infer<typeof pushDeviceState>;

export const createDevice = z.object({
  kind: z.enum(["fcm", "webpush"]),
  label: z.string(),
  userId: z.string(),
  owner: deviceOwner.default("customer"),
  ownerName: z.string().nullable().default(null),
  state: pushDeviceState.default("active"),
  /** Web Push only, base64url: pushes signed by another VAPID key are then answered 403. */
  applicationServerKey: z.string().optional(),
});
export type CreateDevice = z.input<typeof createDevice>;

/** A push that reached the provider. Newest first in `World.pushes`. */
export const receivedPush = z.object({
  id: z.string(),
  deviceId: z.string(),
  kind: z.enum(["fcm", "webpush"]),
  label: z.string(),
  title: z.string(),
  body: z.string(),
  data: z.record(z.string(), z.string()),
  /** FCM `collapse_key`, Web Push `Topic`: a later one with the same key replaces this on the device. */
  collapseKey: z.string().nullable(),
  replaced: z.boolean(),
  /** The status this provider answered: 200, 201, 404, 410, 429, 500. */
  status: z.number(),
  receivedAt: z.string(),
});
export type ReceivedPush = z.infer<typeof receivedPush>;

/** Fault switches. All off at first. */
export interface Faults extends InstagramFaults, MtprotoFaults {
  /** Until this instant (ISO 8601) the Bot API answers sends with 429 and `retry_after`; null: off. Set by `floodWaitSeconds`. */
  floodUntil: string | null;
  /** Bot API calls answered 502, percent of calls, 0 to 100. */
  serverErrorPercent: number;
  /** The Bot API cuts every connection. */
  telegramDown: boolean;
  /** Delay before every answer, ms. */
  delayMs: number;
  /** FCM and Web Push answer this status to every push; null: off. */
  pushStatus: 429 | 500 | null;
}

/** Body of `POST faults`: the switches, plus `floodWaitSeconds` (0 ends it) and `dropConnections` (cuts every open connection once). */
export interface FaultChange extends Partial<Omit<Faults, "floodUntil" | "mtprotoFloodUntil">> {
  floodWaitSeconds?: number;
  dropConnections?: boolean;
  /** Sends of people's accounts answer FLOOD_WAIT; 0 ends it. */
  mtprotoFloodWaitSeconds?: number;
}

export interface World {
  bot: { id: number; name: string; username: string };
  users: SandboxUser[];
  privateChats: SandboxPrivateChat[];
  /** The support group. */
  group: SandboxGroup;
  /** Where broadcasts go. */
  liveGroup: SandboxGroup;
  devices: PushDevice[];
  pushes: ReceivedPush[];
  instagram: SandboxInstagram;
  traders: SandboxTraders;
  mtproto: SandboxMtproto;
  faults: Faults;
}

export type WorldEvent =
  | { type: "world" }
  | { type: "message"; message: SandboxMessage }
  | { type: "messageDeleted"; chatId: number; messageId: number }
  | { type: "topics"; chatId: number; topics: SandboxTopic[] }
  | { type: "group"; chatId: number }
  | { type: "push"; push: ReceivedPush }
  | { type: "devices"; devices: PushDevice[] }
  | { type: "instagram"; instagram: SandboxInstagram }
  | MtprotoEvent
  | TradersEvent
  | { type: "faults"; faults: Faults };

/** A message of a user: in their private chat with the bot (`chatId` is their id) or, staff only, in the group. */
export const sendAsUser = z.object({
  userId: z.int(),
  chatId: z.int(),
  text: z.string().default(""),
  threadId: z.int().optional(),
  replyToMessageId: z.int().optional(),
  /** As what a file of the request is sent, by the Bot API's name. Default `document`. */
  fileField: z.enum(["document", "voice", "audio", "video", "video_note", "animation", "sticker"]).optional(),
  /** What the message shows instead of text and files, as the Bot API has it: `{ "location": { … } }`. */
  card: z.record(z.string(), z.unknown()).optional(),
});
export type SendAsUser = z.infer<typeof sendAsUser>;

export const editAsUser = z.object({ userId: z.int(), chatId: z.int(), messageId: z.int(), text: z.string() });
export type EditAsUser = z.infer<typeof editAsUser>;
