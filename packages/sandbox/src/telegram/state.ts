import { generateKeyPairSync, randomBytes } from "node:crypto";
import type { SandboxTopic, SandboxUser, WorldEvent } from "../control.ts";
import { isRecord } from "../http.ts";
import type { Host, SandboxOptions, Shape } from "../module.ts";

export type TelegramHost = Host<TelegramState, WorldEvent>;

/** What Telegram remembers across a restart, as plain JSON. File bytes lie beside it (see file-store.ts). */
export interface TelegramState {
  /** PEM of the Ed25519 key that signs init data. */
  initDataKey: string;
  bot: { id: number; name: string; username: string; token: string };
  users: StoredUser[];
  privateChats: { userId: number; messages: StoredMessage[] }[];
  group: StoredGroup;
  /** The next id of each sequence. They survive a reset, so that no id is used twice. */
  next: { dialogMessageId: number; groupMessageId: number; updateId: number; fileNumber: number };
  /** Updates the bot has not confirmed yet, oldest first. */
  updates: Update[];
  allowedUpdates: string[] | null;
  webhook: StoredWebhook | null;
  files: StoredFile[];
}

export const SHAPE: Shape<TelegramState> = {
  initDataKey: "string",
  bot: "object",
  users: "array",
  privateChats: "array",
  group: "object",
  next: "object",
  updates: "array",
  allowedUpdates: "nullable",
  webhook: "nullable",
  files: "array",
};

export interface StoredUser extends SandboxUser {
  /** They have written to the bot, so the bot may write to them. */
  started: boolean;
  blocked: boolean;
}

export type StoredTopic = SandboxTopic;

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
  | { kind: "topicCreated"; name: string }
  | { kind: "pinned"; messageId: number }
  | { kind: "migratedTo"; chatId: number }
  | { kind: "migratedFrom"; chatId: number };

export interface StoredMessage {
  messageId: number;
  threadId: number | null;
  fromId: number;
  /** Unix seconds. */
  date: number;
  editDate: number | null;
  /** Text, or the caption when there is a photo or document. */
  text: string;
  photoFile: string | null;
  documentFile: string | null;
  mediaGroupId: string | null;
  replyTo: number | null;
  pinned: boolean;
  service: ServiceContent | null;
}

/** `unique` names the original; its smaller sizes are derived names (see files.ts). */
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

/** Topic that a demo world begins with, for announcements to a default topic. */
export const DEMO_TOPIC_ID = 47;

export function createState({ forum = true, demo = false, now = () => new Date() }: SandboxOptions): TelegramState {
  const botId = 7_000_000_001;
  const { privateKey } = generateKeyPairSync("ed25519");
  return {
    initDataKey: privateKey.export({ type: "pkcs8", format: "pem" }).toString(),
    bot: {
      id: botId,
      name: "Pult (sandbox bot)",
      username: "pult_sandbox_bot",
      token: `${botId}:AA${randomBytes(25).toString("base64url").slice(0, 33)}`,
    },
    users: demoUsers(),
    privateChats: [],
    group: createGroup(forum, demo, now()),
    next: {
      dialogMessageId: 1,
      groupMessageId: demo && forum ? DEMO_TOPIC_ID + 1 : 1,
      updateId: 100_000_001,
      fileNumber: 1,
    },
    updates: [],
    allowedUpdates: null,
    webhook: null,
    files: [],
  };
}

/** Version 0 kept the keys of every module together. */
export function upgradeState(older: Record<string, unknown>): unknown {
  return { ...older, initDataKey: isRecord(older.keys) ? older.keys.initData : undefined };
}

/** Keeps the webhook too: the bot has set it, not people. */
export function clearState(state: TelegramState): void {
  for (const user of state.users) {
    user.started = false;
    user.blocked = false;
  }
  state.privateChats = [];
  state.group.messages = state.group.messages.filter((message) => message.messageId === DEMO_TOPIC_ID);
  state.group.topics = state.group.topics.filter((topic) => topic.threadId === DEMO_TOPIC_ID);
  state.updates = [];
}

function createGroup(forum: boolean, demo: boolean, now: Date): StoredGroup {
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
  const topic = { threadId: DEMO_TOPIC_ID, name: "Live alerts (demo)", createdAt: now.toISOString() };
  group.topics.push(topic);
  group.messages.push({
    messageId: topic.threadId,
    threadId: topic.threadId,
    fromId: STAFF_A_ID,
    date: Math.floor(now.getTime() / 1000),
    editDate: null,
    text: "",
    photoFile: null,
    documentFile: null,
    mediaGroupId: null,
    replyTo: null,
    pinned: false,
    service: { kind: "topicCreated", name: topic.name },
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
