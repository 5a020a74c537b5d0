import { createHmac, generateKeyPairSync, randomBytes } from "node:crypto";
import type { PushDeviceState, ReceivedPush, SandboxUser } from "./control.ts";

/** Everything the sandbox remembers across a restart, as plain JSON. File bytes lie beside it (see file-store.ts). */
export interface State {
  version: 1;
  keys: Keys;
  bot: { id: number; name: string; username: string; token: string };
  users: StoredUser[];
  privateChats: { userId: number; messages: StoredMessage[] }[];
  group: StoredGroup;
  /** The next id of each sequence. They survive a reset: a client that met an id never meets it again. */
  next: { dialogMessageId: number; groupMessageId: number; updateId: number; fileNumber: number; pushId: number };
  /** Updates the bot has not confirmed yet, oldest first. */
  updates: Update[];
  allowedUpdates: string[] | null;
  webhook: StoredWebhook | null;
  commands: Record<string, unknown[]>;
  files: StoredFile[];
  devices: StoredDevice[];
  pushes: ReceivedPush[];
  /** Raised to make every FCM access token issued so far invalid. */
  accessTokenEpoch: number;
}

/** Generated once, kept with the world. PEM except `hmac` (hex). */
export interface Keys {
  serviceAccount: string;
  initData: string;
  hmac: string;
}

export interface StoredUser extends SandboxUser {
  /** He has written to the bot, so the bot may write to him. */
  started: boolean;
  blocked: boolean;
}

export interface StoredTopic {
  threadId: number;
  name: string;
  iconColor: number;
  iconCustomEmojiId: string | null;
  closed: boolean;
  createdAt: string;
}

export interface StoredGroup {
  chatId: number;
  /** Ids it had before it was migrated. */
  formerChatIds: number[];
  title: string;
  type: "group" | "supergroup";
  forum: boolean;
  topics: StoredTopic[];
  messages: StoredMessage[];
}

export type ServiceContent =
  | { kind: "topicCreated"; name: string; iconColor: number }
  | { kind: "topicEdited"; name: string | null }
  | { kind: "topicClosed" }
  | { kind: "topicReopened" }
  | { kind: "pinned"; messageId: number }
  | { kind: "migratedTo"; chatId: number }
  | { kind: "migratedFrom"; chatId: number };

export interface MessageEntity {
  type: string;
  /** UTF-16 code units, as Telegram counts. */
  offset: number;
  length: number;
  [detail: string]: unknown;
}

export interface InlineButton {
  text: string;
  callback_data?: string;
  [detail: string]: unknown;
}

export interface StoredMessage {
  messageId: number;
  threadId: number | null;
  fromId: number;
  /** Unix seconds. */
  date: number;
  editDate: number | null;
  /** Text, or the caption when there is a photo or document. */
  text: string;
  entities: MessageEntity[];
  photoFile: string | null;
  documentFile: string | null;
  mediaGroupId: string | null;
  replyTo: number | null;
  buttons: InlineButton[][];
  pinned: boolean;
  reactions: string[];
  service: ServiceContent | null;
}

/** `unique` names the original; its smaller sizes are derived names (see telegram/files.ts). */
export interface StoredFile {
  unique: string;
  path: string;
  name: string;
  mime: string;
  size: number;
  /** Set for photos. */
  width: number | null;
  height: number | null;
}

export interface Update {
  update_id: number;
  [kind: string]: unknown;
}

export interface StoredWebhook {
  url: string;
  secretToken: string | null;
  maxConnections: number;
  lastErrorDate: number | null;
  lastErrorMessage: string | null;
}

interface DeviceBase {
  id: string;
  label: string;
  userId: string;
  state: PushDeviceState;
}

export interface FcmDevice extends DeviceBase {
  kind: "fcm";
  token: string;
}

export interface WebPushDevice extends DeviceBase {
  kind: "webpush";
  /** Last segment of the endpoint, so that endpoints follow the origin. */
  endpointId: string;
  /** base64url, as `PushSubscription.toJSON()` gives them; `privateKey` is the raw P-256 scalar. */
  p256dh: string;
  auth: string;
  privateKey: string;
  applicationServerKey: string | null;
}

export type StoredDevice = FcmDevice | WebPushDevice;

/** Topic that a demo world begins with, for announcements to a default topic. */
export const DEMO_TOPIC_ID = 47;

export function createState(options: { forum: boolean; demo: boolean; now: Date }): State {
  const botId = 7_000_000_001;
  return {
    version: 1,
    keys: createKeys(),
    bot: {
      id: botId,
      name: "Pult (sandbox bot)",
      username: "pult_sandbox_bot",
      token: `${botId}:AA${randomBytes(25).toString("base64url").slice(0, 33)}`,
    },
    users: demoUsers(),
    privateChats: [],
    group: createGroup(options),
    next: {
      dialogMessageId: 1,
      groupMessageId: options.demo && options.forum ? DEMO_TOPIC_ID + 1 : 1,
      updateId: 100_000_001,
      fileNumber: 1,
      pushId: 1,
    },
    updates: [],
    allowedUpdates: null,
    webhook: null,
    commands: {},
    files: [],
    devices: [],
    pushes: [],
    accessTokenEpoch: 1,
  };
}

/** Empties the world, keeping who it is: keys, bot, group id, webhook and every id sequence. */
export function clearState(state: State): void {
  for (const user of state.users) {
    user.started = false;
    user.blocked = false;
  }
  state.privateChats = [];
  state.group.messages = state.group.messages.filter((message) => message.messageId === DEMO_TOPIC_ID);
  state.group.topics = state.group.topics.filter((topic) => topic.threadId === DEMO_TOPIC_ID);
  state.updates = [];
  state.commands = {};
  state.devices = [];
  state.pushes = [];
}

/** A test's own secret for HMACs that only the sandbox checks. */
export function macOf(state: State, text: string): string {
  return createHmac("sha256", Buffer.from(state.keys.hmac, "hex")).update(text).digest("base64url");
}

function createGroup({ forum, demo, now }: { forum: boolean; demo: boolean; now: Date }): StoredGroup {
  const group: StoredGroup = {
    chatId: forum ? -1_002_000_000_001 : -4_000_000_001,
    formerChatIds: [],
    title: "Support (sandbox)",
    type: forum ? "supergroup" : "group",
    forum,
    topics: [],
    messages: [],
  };
  if (forum && demo) seedDemoTopic(group, now);
  return group;
}

function seedDemoTopic(group: StoredGroup, now: Date): void {
  const topic = { threadId: DEMO_TOPIC_ID, name: "Live alerts (demo)", iconColor: 0x6fb9f0 };
  group.topics.push({ ...topic, iconCustomEmojiId: null, closed: false, createdAt: now.toISOString() });
  group.messages.push({
    messageId: topic.threadId,
    threadId: topic.threadId,
    fromId: STAFF_A_ID,
    date: Math.floor(now.getTime() / 1000),
    editDate: null,
    text: "",
    entities: [],
    photoFile: null,
    documentFile: null,
    mediaGroupId: null,
    replyTo: null,
    buttons: [],
    pinned: false,
    reactions: [],
    service: { kind: "topicCreated", name: topic.name, iconColor: topic.iconColor },
  });
}

const STAFF_A_ID = 6_000_000_011;

function demoUsers(): StoredUser[] {
  const customers = [1, 2, 3, 4, 5].map((n) => ({
    id: 6_000_000_000 + n,
    name: `Demo customer ${n}`,
    username: `demo_customer_${n}`,
    languageCode: n === 2 ? "ru" : "en",
    staff: false,
  }));
  const staff = ["A", "B"].map((letter, index) => ({
    id: STAFF_A_ID + index,
    name: `Agent ${letter} (demo)`,
    username: `demo_agent_${letter.toLowerCase()}`,
    languageCode: "en",
    staff: true,
  }));
  return [...customers, ...staff].map((user) => ({ ...user, started: false, blocked: false }));
}

function createKeys(): Keys {
  const rsa = generateKeyPairSync("rsa", { modulusLength: 2048 });
  const ed25519 = generateKeyPairSync("ed25519");
  return {
    serviceAccount: rsa.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    initData: ed25519.privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    hmac: randomBytes(32).toString("hex"),
  };
}
