import type { ForumTopic } from "grammy/types";
import { describe, expect, test } from "vitest";
import { startSandbox } from "../sandbox.ts";
import { callRaw, findUser, groupId } from "../testing.ts";
import { useBotApi } from "../use-sandbox.ts";

const { sandbox, api, expectRefusal } = await useBotApi();

describe("topics", () => {
  test("renders a message in a topic without a reply as a reply to the topic's first message", async () => {
    const topic = await api.createForumTopic(groupId(sandbox), "Anna");
    expect(topic).toEqual({ message_thread_id: topic.message_thread_id, name: "Anna", icon_color: 0x6fb9f0 });
    const params = { message_thread_id: topic.message_thread_id };
    const sent = await api.sendMessage(groupId(sandbox), "hi", params);
    expect(sent).toMatchObject({
      ...params,
      is_topic_message: true,
      chat: { type: "supergroup", is_forum: true },
      reply_to_message: { message_id: topic.message_thread_id, forum_topic_created: { name: "Anna" } },
    });
    expect(sandbox.world().group.topics).toMatchObject([{ threadId: topic.message_thread_id, name: "Anna" }]);
  });

  test("puts a reply without a thread into the topic of the replied message", async () => {
    const { message_thread_id } = await api.createForumTopic(groupId(sandbox), "Anna");
    const question = await api.sendMessage(groupId(sandbox), "?", { message_thread_id });
    const answer = await api.sendMessage(groupId(sandbox), "!", {
      reply_parameters: { message_id: question.message_id },
    });
    expect(answer).toMatchObject({ message_thread_id, reply_to_message: { message_id: question.message_id } });
  });

  test.each(["the bot", "staff"])(
    "deletes a topic with its messages as %s, and rejects later messages there",
    async (who) => {
      const { message_thread_id } = await api.createForumTopic(groupId(sandbox), "Anna");
      const inside = await api.sendMessage(groupId(sandbox), "hi", { message_thread_id });
      await api.sendMessage(groupId(sandbox), "stays");
      const before = await api.getUpdates();
      if (who === "staff") sandbox.telegram.deleteTopic({ threadId: message_thread_id });
      else await api.deleteForumTopic(groupId(sandbox), message_thread_id);
      expect(sandbox.world().group.messages.map((message) => message.text)).toEqual(["stays"]);
      await expectRefusal("sendMessage", { message_thread_id, text: "x" }, "message thread not found");
      await expectRefusal("deleteForumTopic", { message_thread_id }, "TOPIC_ID_INVALID");
      await expectRefusal("editMessageText", { message_id: inside.message_id, text: "x" }, "message to edit not found");
      expect(await api.getUpdates()).toEqual(before);
    },
  );

  test("cuts titles at 128 characters and rejects an empty one", async () => {
    const topic = await api.createForumTopic(groupId(sandbox), "x".repeat(200));
    expect(topic.name).toHaveLength(128);
    await expectRefusal("createForumTopic", { name: "  " }, "title must be non-empty");
  });

  test("rejects users in a missing topic and customers in the group", async () => {
    const chatId = groupId(sandbox);
    const agent = findUser(sandbox, "staff").id;
    expect(() => sandbox.telegram.sendAsUser({ userId: agent, chatId, text: "x", threadId: 777 })).toThrow(
      "No such topic",
    );
    const customer = findUser(sandbox, "customer").id;
    expect(() => sandbox.telegram.sendAsUser({ userId: customer, chatId, text: "x" })).toThrow("Only staff");
  });
});

test("rejects topics in a group that is not a forum", async () => {
  const basic = await startSandbox({ forum: false });
  const chat_id = groupId(basic);
  expect((await callRaw(basic, "getChat", { chat_id })).body.result).toMatchObject({ id: chat_id, type: "group" });
  expect((await callRaw<ForumTopic>(basic, "createForumTopic", { chat_id, name: "x" })).body.description).toBe(
    "Bad Request: the chat is not a forum",
  );
  await basic.close();
});

describe("the live group", () => {
  const live = () => Number(sandbox.env.TELEGRAM_CHAT_ID);
  const topicId = 47;

  test("keeps its own messages and ids, apart from the support group's", async () => {
    const inSupport = await api.sendMessage(groupId(sandbox), "help");
    const sent = await api.sendMessage(live(), "Goal!", { message_thread_id: topicId });
    await api.pinChatMessage(live(), sent.message_id);
    expect(sandbox.world().group.messages).toMatchObject([{ messageId: inSupport.message_id, text: "help" }]);
    const messages = sandbox
      .world()
      .liveGroup.messages.filter(({ threadId, service }) => threadId === topicId && !service);
    expect(messages).toMatchObject([{ messageId: sent.message_id, text: "Goal!", pinned: true }]);
  });

  test("rejects the bot's messages in a closed topic until it is reopened", async () => {
    const closing = { chatId: live(), threadId: topicId };
    sandbox.telegram.closeTopic({ ...closing, isClosed: true });
    expect(sandbox.world().liveGroup.topics[0]).toMatchObject({ threadId: topicId, isClosed: true });
    const send = () => api.sendMessage(live(), "Goal!", { message_thread_id: topicId });
    await expect(send()).rejects.toThrow("TOPIC_CLOSED");
    sandbox.telegram.closeTopic({ ...closing, isClosed: false });
    expect((await send()).message_thread_id).toBe(topicId);
  });
});
