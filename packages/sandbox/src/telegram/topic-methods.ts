import type { BotMethod, MethodCall } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import { resolveChat } from "./chats.ts";
import { renderTopic } from "./render.ts";
import type { StoredGroup, StoredTopic } from "./state.ts";
import { announceTopics, createTopic, cutTitle, deleteTopic, postService } from "./topics.ts";

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
