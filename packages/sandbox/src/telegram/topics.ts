import type { SandboxTopic } from "../control.ts";
import type { BotMethod, MethodCall } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import { groupChat, resolveChat } from "./chats.ts";
import { appendMessage, removeMessages } from "./message-store.ts";
import { renderMessage, renderTopic } from "./render.ts";
import type { StoredGroup, TelegramHost } from "./state.ts";

const TITLE_LIMIT = 128;
/** Far below Telegram's own bound, so that the state file stays small. */
const KEPT_TOPICS = 1_000;

function readForum({ backend, params }: MethodCall): StoredGroup {
  const chat = resolveChat(backend.host.state, params.string("chat_id"));
  if (chat.kind === "private" || !chat.group.forum) throw badRequest("the chat is not a forum");
  return chat.group;
}

/** The bot gets an update about its own service message too. */
const createForumTopic: BotMethod = (call) => {
  const group = readForum(call);
  const { host, updates } = call.backend;
  // Telegram cuts longer titles silently.
  const name = (call.params.string("name") ?? "").trim().replace(/\s+/g, " ").slice(0, TITLE_LIMIT);
  if (name === "") throw badRequest("title must be non-empty");
  const chat = groupChat(group);
  const start = appendMessage(host, chat, { fromId: host.state.bot.id, service: { kind: "topicCreated", name } });
  updates.push("message", renderMessage(host.state, chat, start));
  const topic: SandboxTopic = { threadId: start.messageId, name, createdAt: host.now().toISOString(), isClosed: false };
  group.topics.push(topic);
  const oldest = group.topics.length > KEPT_TOPICS ? group.topics[0] : undefined;
  if (oldest !== undefined) deleteTopic(host, group, oldest);
  announceTopics(host, group);
  return renderTopic(topic);
};

const deleteForumTopic: BotMethod = (call) => {
  const group = readForum(call);
  const threadId = call.params.integer("message_thread_id");
  if (threadId === undefined || threadId <= 0) throw badRequest("invalid message thread identifier specified");
  const topic = group.topics.find((candidate) => candidate.threadId === threadId);
  if (topic === undefined) throw badRequest("TOPIC_ID_INVALID");
  deleteTopic(call.backend.host, group, topic);
  return true;
};

function readTopic(call: MethodCall): { group: StoredGroup; topic: SandboxTopic } {
  const group = readForum(call);
  const threadId = call.params.integer("message_thread_id");
  const topic = group.topics.find((candidate) => candidate.threadId === threadId);
  if (topic === undefined) throw badRequest("TOPIC_ID_INVALID");
  return { group, topic };
}

const editForumTopic: BotMethod = (call) => {
  const { group, topic } = readTopic(call);
  const name = (call.params.string("name") ?? "").trim().slice(0, TITLE_LIMIT);
  if (name === "" || name === topic.name) throw badRequest("TOPIC_NOT_MODIFIED");
  topic.name = name;
  announceTopics(call.backend.host, group);
  return true;
};

const setClosed =
  (isClosed: boolean): BotMethod =>
  (call) => {
    const { group, topic } = readTopic(call);
    topic.isClosed = isClosed;
    announceTopics(call.backend.host, group);
    return true;
  };

export const topicMethods: Record<string, BotMethod> = {
  createForumTopic,
  deleteForumTopic,
  editForumTopic,
  closeForumTopic: setClosed(true),
  reopenForumTopic: setClosed(false),
};

/** Deletes a topic with its messages; bots get no update. */
export function deleteTopic(host: TelegramHost, group: StoredGroup, topic: SandboxTopic): void {
  group.topics = group.topics.filter((candidate) => candidate !== topic);
  removeMessages(host, groupChat(group), (message) => message.threadId === topic.threadId);
  announceTopics(host, group);
}

/** Announces new, changed or deleted topics. */
export function announceTopics(host: TelegramHost, group: StoredGroup): void {
  host.changed();
  host.emit({ type: "topics", chatId: group.chatId, topics: group.topics.map((topic) => ({ ...topic })) });
}
