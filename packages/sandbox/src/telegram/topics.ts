import type { BotMethod, MethodCall, TelegramBackend } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import { groupChat, resolveChat } from "./chats.ts";
import type { MessageDraft } from "./message-store.ts";
import { appendMessage, removeMessages } from "./message-store.ts";
import { renderMessage, renderTopic } from "./render.ts";
import type { StoredGroup, StoredTopic, TelegramHost } from "./state.ts";
import { toSandboxTopic } from "./views.ts";

const ICON_COLORS = [0x6fb9f0, 0xffd67e, 0xcb86db, 0x8eee98, 0xff93b2, 0xfb6f5f];
const TITLE_LIMIT = 128;
/** Far below Telegram's own bound, so that the state file stays small. */
const KEPT_TOPICS = 1_000;

interface NewTopic {
  name: string;
  iconColor: number | undefined;
  iconCustomEmojiId: string | undefined;
}

function readForum({ backend, params }: MethodCall): StoredGroup {
  const chat = resolveChat(backend.host.state, params.string("chat_id"));
  if (chat.kind === "private" || !chat.group.forum) throw badRequest("the chat is not a forum");
  return chat.group;
}

function readTopic(call: MethodCall): StoredTopic {
  const group = readForum(call);
  const threadId = call.params.integer("message_thread_id");
  if (threadId === undefined || threadId <= 0) throw badRequest("invalid message thread identifier specified");
  const topic = group.topics.find((candidate) => candidate.threadId === threadId);
  if (topic === undefined) throw badRequest("TOPIC_ID_INVALID");
  return topic;
}

const createForumTopic: BotMethod = (call) => {
  readForum(call);
  const { params, backend } = call;
  const name = cutTitle(params.string("name") ?? "");
  if (name === "") throw badRequest("title must be non-empty");
  const topic = createTopic(backend, {
    name,
    iconColor: params.integer("icon_color"),
    iconCustomEmojiId: params.string("icon_custom_emoji_id"),
  });
  return renderTopic(topic);
};

const editForumTopic: BotMethod = (call) => {
  const topic = readTopic(call);
  const { params, backend } = call;
  const name = params.has("name") ? cutTitle(params.string("name") ?? "") : topic.name;
  const icon = params.string("icon_custom_emoji_id") ?? topic.iconCustomEmojiId ?? "";
  const isRenamed = name !== topic.name;
  if (!isRenamed && icon === (topic.iconCustomEmojiId ?? "")) throw badRequest("TOPIC_NOT_MODIFIED");
  topic.name = name;
  topic.iconCustomEmojiId = icon === "" ? null : icon;
  postService(backend, { threadId: topic.threadId, service: { kind: "topicEdited", name: isRenamed ? name : null } });
  announceTopics(backend.host);
  return true;
};

const closeForumTopic: BotMethod = (call) => setClosed(call, true);
const reopenForumTopic: BotMethod = (call) => setClosed(call, false);

function setClosed(call: MethodCall, closed: boolean): true {
  const topic = readTopic(call);
  if (topic.closed === closed) throw badRequest("TOPIC_NOT_MODIFIED");
  topic.closed = closed;
  postService(call.backend, { threadId: topic.threadId, service: { kind: closed ? "topicClosed" : "topicReopened" } });
  announceTopics(call.backend.host);
  return true;
}

const deleteForumTopic: BotMethod = (call) => {
  deleteTopic(call.backend.host, readTopic(call));
  return true;
};

export const topicMethods: Record<string, BotMethod> = {
  createForumTopic,
  editForumTopic,
  closeForumTopic,
  reopenForumTopic,
  deleteForumTopic,
};

/** Telegram cuts longer titles silently. */
function cutTitle(name: string): string {
  return name.trim().replace(/\s+/g, " ").slice(0, TITLE_LIMIT);
}

function createTopic(backend: TelegramBackend, wanted: NewTopic): StoredTopic {
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

/** Posts a service message of the bot in the group, which the bot gets as an update too. Returns its id. */
function postService(backend: TelegramBackend, draft: Omit<MessageDraft, "fromId">): number {
  const { host, updates } = backend;
  const chat = groupChat(host.state);
  const message = appendMessage(host, chat, { fromId: host.state.bot.id, ...draft });
  updates.push("message", renderMessage(host.state, chat, message));
  return message.messageId;
}

/** Deletes a topic with its messages; bots get no update. */
export function deleteTopic(host: TelegramHost, topic: StoredTopic): void {
  const { group } = host.state;
  group.topics = group.topics.filter((candidate) => candidate !== topic);
  removeMessages(host, groupChat(host.state), (message) => message.threadId === topic.threadId);
  announceTopics(host);
}

function announceTopics(host: TelegramHost): void {
  host.changed();
  host.emit({ type: "topics", topics: host.state.group.topics.map(toSandboxTopic) });
}
