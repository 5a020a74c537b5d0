import type { TelegramBackend } from "./backend.ts";
import { groupChat } from "./chats.ts";
import type { MessageDraft } from "./message-store.ts";
import { appendMessage, removeMessages } from "./message-store.ts";
import { renderMessage } from "./render.ts";
import type { StoredTopic, TelegramHost } from "./state.ts";
import { toSandboxTopic } from "./views.ts";

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
  const { host } = backend;
  const { group } = host.state;
  const iconColor = ICON_COLORS.find((color) => color === wanted.iconColor) ?? 0x6fb9f0;
  const { name } = wanted;
  const threadId = postService(backend, { service: { kind: "topicCreated", name, iconColor } });
  const topic: StoredTopic = {
    threadId,
    name,
    iconColor,
    iconCustomEmojiId: wanted.iconCustomEmojiId ?? null,
    closed: false,
    createdAt: host.now().toISOString(),
  };
  group.topics.push(topic);
  const oldest = group.topics.length > KEPT_TOPICS ? group.topics[0] : undefined;
  if (oldest !== undefined) deleteTopic(host, oldest);
  announceTopics(host);
  return topic;
}

/** Posts a service message of the bot in the group, which Telegram tells the bot about too, and answers its id. */
export function postService(backend: TelegramBackend, draft: Omit<MessageDraft, "fromId">): number {
  const { host, updates } = backend;
  const chat = groupChat(host.state);
  const message = appendMessage(host, chat, { fromId: host.state.bot.id, ...draft });
  updates.push("message", renderMessage(host.state, chat, message));
  return message.messageId;
}

/** Its messages go with it. Telegram tells bots nothing. */
export function deleteTopic(host: TelegramHost, topic: StoredTopic): void {
  const { group } = host.state;
  group.topics = group.topics.filter((candidate) => candidate !== topic);
  removeMessages(host, groupChat(host.state), (message) => message.threadId === topic.threadId);
  announceTopics(host);
}

export function announceTopics(host: TelegramHost): void {
  host.changed();
  host.emit({ type: "topics", topics: host.state.group.topics.map(toSandboxTopic) });
}
