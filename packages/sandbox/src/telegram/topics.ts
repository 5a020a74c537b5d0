import type { StoredTopic } from "../state.ts";
import { toSandboxTopic } from "../views.ts";
import type { SandboxWorld } from "../world.ts";
import type { TelegramBackend } from "./backend.ts";
import { groupChat } from "./chats.ts";
import type { MessageDraft } from "./message-store.ts";
import { appendMessage, removeMessages } from "./message-store.ts";
import { renderMessage } from "./render.ts";

const ICON_COLORS = [0x6fb9f0, 0xffd67e, 0xcb86db, 0x8eee98, 0xff93b2, 0xfb6f5f];
const TITLE_LIMIT = 128;
/** Telegram's own bound is far away; this one keeps the state file small. */
const KEPT_TOPICS = 1_000;

export interface NewTopic {
  name: string;
  iconColor: number | undefined;
  iconCustomEmojiId: string | undefined;
}

/** Telegram cuts longer titles silently. */
export function cutTitle(name: string): string {
  return name.trim().replace(/\s+/g, " ").slice(0, TITLE_LIMIT);
}

export function createTopic(backend: TelegramBackend, wanted: NewTopic): StoredTopic {
  const { world } = backend;
  const { group } = world.state;
  const iconColor = ICON_COLORS.find((color) => color === wanted.iconColor) ?? 0x6fb9f0;
  const { name } = wanted;
  const threadId = postService(backend, { service: { kind: "topicCreated", name, iconColor } });
  const topic: StoredTopic = {
    threadId,
    name,
    iconColor,
    iconCustomEmojiId: wanted.iconCustomEmojiId ?? null,
    closed: false,
    createdAt: world.now().toISOString(),
  };
  group.topics.push(topic);
  const oldest = group.topics.length > KEPT_TOPICS ? group.topics[0] : undefined;
  if (oldest !== undefined) deleteTopic(world, oldest);
  announceTopics(world);
  return topic;
}

/** Posts a service message of the bot in the group, which Telegram tells the bot about too, and answers its id. */
export function postService(backend: TelegramBackend, draft: Omit<MessageDraft, "fromId">): number {
  const { world, updates } = backend;
  const chat = groupChat(world.state);
  const message = appendMessage(world, chat, { fromId: world.state.bot.id, ...draft });
  updates.push("message", renderMessage(world.state, chat, message));
  return message.messageId;
}

/** Its messages go with it. Telegram tells bots nothing. */
export function deleteTopic(world: SandboxWorld, topic: StoredTopic): void {
  const { group } = world.state;
  group.topics = group.topics.filter((candidate) => candidate !== topic);
  removeMessages(world, groupChat(world.state), (message) => message.threadId === topic.threadId);
  announceTopics(world);
}

export function announceTopics(world: SandboxWorld): void {
  world.changed();
  world.emit({ type: "topics", topics: world.state.group.topics.map(toSandboxTopic) });
}
