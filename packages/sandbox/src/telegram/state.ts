import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { WorldEvent } from "../control.ts";
import { sandboxTopic, sandboxUser } from "../control.ts";
import { isRecord } from "../http.ts";
import type { Host, SandboxOptions } from "../module.ts";

export type TelegramHost = Host<TelegramState, WorldEvent>;

const service = z.discriminatedUnion("kind", [
  z.object({ kind: z.literal("topicCreated"), name: z.string() }),
  z.object({ kind: z.enum(["topicClosed", "topicReopened"]) }),
  z.object({ kind: z.literal("pinned"), messageId: z.number() }),
  z.object({ kind: z.literal("migratedTo"), chatId: z.number() }),
  z.object({ kind: z.literal("migratedFrom"), chatId: z.number() }),
]);
export type ServiceContent = z.infer<typeof service>;

const message = z.object({
  messageId: z.number(),
  threadId: z.number().nullable(),
  fromId: z.number(),
  /** Unix seconds. */
  date: z.number(),
  editDate: z.number().nullable(),
  /** Text, or the caption when there is a photo or document. */
  text: z.string(),
  photoFile: z.string().nullable(),
  documentFile: z.string().nullable(),
  /** As what the file is shown, by the Bot API's name: `voice`, `video`…; a document unless it says otherwise. */
  fileField: z.string().optional(),
  /** What it shows beside text and files, as the Bot API has it: `{ location: … }`. */
  card: z.record(z.string(), z.unknown()).optional(),
  entities: z.array(z.record(z.string(), z.unknown())).optional(),
  mediaGroupId: z.string().nullable(),
  replyTo: z.number().nullable(),
  pinned: z.boolean(),
  service: service.nullable(),
});
export type StoredMessage = z.infer<typeof message>;

/** What a message has not, unless it is said. */
export const BLANK = {
  threadId: null,
  editDate: null,
  text: "",
  photoFile: null,
  documentFile: null,
  mediaGroupId: null,
  replyTo: null,
  pinned: false,
  service: null,
} satisfies Partial<StoredMessage>;

const user = sandboxUser.extend({
  /** They have written to the bot, so the bot may write to them. */
  started: z.boolean(),
  blocked: z.boolean(),
});
export type StoredUser = z.infer<typeof user>;

const group = z.object({
  chatId: z.number(),
  /** Ids it had before it was migrated. */
  formerChatIds: z.array(z.number()),
  title: z.string(),
  type: z.enum(["group", "supergroup"]),
  forum: z.boolean(),
  topics: z.array(sandboxTopic),
  messages: z.array(message),
});
export type StoredGroup = z.infer<typeof group>;

/** `unique` names the original; its smaller sizes are derived names (see files.ts). */
const file = z.object({
  unique: z.string(),
  path: z.string(),
  name: z.string(),
  mime: z.string(),
  size: z.number(),
  /** Set for photos. */
  width: z.number().nullable(),
  height: z.number().nullable(),
});
export type StoredFile = z.infer<typeof file>;

const update = z.looseObject({ update_id: z.number() });
export type Update = z.infer<typeof update>;

const webhook = z.object({
  url: z.string(),
  secretToken: z.string().nullable(),
  maxConnections: z.number(),
  lastErrorDate: z.number().nullable(),
  lastErrorMessage: z.string().nullable(),
});
export type StoredWebhook = z.infer<typeof webhook>;

/** What Telegram remembers across a restart, as plain JSON. File bytes lie beside it (see file-store.ts). */
export const telegramState = z.object({
  bot: z.object({ id: z.number(), name: z.string(), username: z.string(), token: z.string() }),
  users: z.array(user),
  privateChats: z.array(z.object({ userId: z.number(), messages: z.array(message) })),
  /** The support group. */
  group,
  /** The group of live broadcasts. */
  liveGroup: group,
  /** The next id of each sequence. They survive a reset, so that no id is used twice. */
  next: z.object({
    dialogMessageId: z.number(),
    groupMessageId: z.number(),
    liveMessageId: z.number(),
    updateId: z.number(),
    fileNumber: z.number(),
  }),
  /** Updates the bot has not confirmed yet, oldest first. */
  updates: z.array(update),
  allowedUpdates: z.array(z.string()).nullable(),
  webhook: webhook.nullable(),
  files: z.array(file),
});
export type TelegramState = z.infer<typeof telegramState>;

/** Topic of the live group that broadcasts go to. */
export const LIVE_TOPIC_ID = 47;
const LIVE_TOPICS = [
  { threadId: LIVE_TOPIC_ID, name: "Live" },
  { threadId: 48, name: "News" },
  { threadId: 49, name: "Results" },
];

export function createState({ forum = true, now = () => new Date() }: SandboxOptions): TelegramState {
  const botId = 7_000_000_001;
  return {
    bot: {
      id: botId,
      name: "Pult (sandbox bot)",
      username: "pult_sandbox_bot",
      token: `${botId}:AA${randomBytes(25).toString("base64url").slice(0, 33)}`,
    },
    users: demoUsers(),
    privateChats: [],
    group: createGroup(forum),
    next: { dialogMessageId: 1, groupMessageId: 2, updateId: 100_000_001, fileNumber: 1, ...NO_LIVE_MESSAGES },
    liveGroup: createLiveGroup(now()),
    updates: [],
    allowedUpdates: null,
    webhook: null,
    files: [],
  };
}

/** Version 1 had the support group alone, and broadcasts went there. */
export function upgradeState(older: Record<string, unknown>): unknown {
  const next = isRecord(older.next) ? { ...older.next, ...NO_LIVE_MESSAGES } : older.next;
  return { ...older, next, liveGroup: createLiveGroup(new Date()) };
}

/** Keeps the webhook too: the bot has set it, not people. */
export function clearState(state: TelegramState, now: Date): void {
  for (const user of state.users) {
    user.started = false;
    user.blocked = false;
  }
  state.privateChats = [];
  state.group.messages = [];
  state.group.topics = [];
  state.liveGroup = createLiveGroup(now);
  state.updates = [];
}

function createGroup(forum: boolean): StoredGroup {
  return {
    chatId: forum ? -1_002_000_000_001 : -4_000_000_001,
    formerChatIds: [],
    title: "Support (sandbox)",
    type: forum ? "supergroup" : "group",
    forum,
    topics: [],
    messages: [],
  };
}

const NO_LIVE_MESSAGES = { liveMessageId: 50 };

function createLiveGroup(now: Date): StoredGroup {
  return {
    chatId: -1_002_000_000_047,
    formerChatIds: [],
    title: "Live (sandbox)",
    type: "supergroup",
    forum: true,
    topics: LIVE_TOPICS.map((topic) => ({ ...topic, createdAt: now.toISOString(), isClosed: false })),
    messages: LIVE_TOPICS.map(({ threadId, name }) => ({
      ...BLANK,
      messageId: threadId,
      threadId,
      fromId: STAFF_A_ID,
      date: Math.floor(now.getTime() / 1000),
      service: { kind: "topicCreated", name },
    })),
  };
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
