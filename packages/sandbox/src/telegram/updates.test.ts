import { Bot } from "grammy";
import type { ForumTopic, Message, Update } from "grammy/types";
import { beforeEach, describe, expect, test } from "vitest";
import { callRaw, findUser, groupId, makePhoto, openDialog } from "../testing.ts";
import { useSandbox } from "../use-sandbox.ts";

const sandbox = await useSandbox();
beforeEach(() => poll({ allowed_updates: [] }));

async function poll(params: Record<string, unknown> = {}): Promise<Update[]> {
  return (await callRaw<Update[]>(sandbox, "getUpdates", params)).body.result;
}

function write(text: string): void {
  const { id } = findUser(sandbox, "customer");
  sandbox.telegram.sendAsUser({ userId: id, chatId: id, text });
}

const textOf = ({ message }: Update) => message?.text;

describe("getUpdates", () => {
  test("repeats updates until an offset confirms them", async () => {
    write("one");
    write("two");
    const [first, second] = await poll();
    expect((await poll()).map(textOf)).toEqual(["one", "two"]);
    expect(second?.update_id).toBe((first?.update_id ?? 0) + 1);
    expect((await poll({ offset: second?.update_id })).map(textOf)).toEqual(["two"]);
    expect(await poll({ offset: (second?.update_id ?? 0) + 1 })).toEqual([]);
    expect(await poll()).toEqual([]);
  });

  test("respects limit, and drops all but the newest on a negative offset", async () => {
    for (const text of ["1", "2", "3"]) write(text);
    expect((await poll({ limit: 2 })).map(textOf)).toEqual(["1", "2"]);
    expect((await poll({ offset: -1 })).map(textOf)).toEqual(["3"]);
    expect(await poll()).toHaveLength(1);
  });

  test("answers a long poll as soon as an update arrives", async () => {
    const waiting = poll({ timeout: 30 });
    await sandbox.until(() => sandbox.telegram.isPolling);
    write("now");
    expect((await waiting).map(textOf)).toEqual(["now"]);
  });

  test("ends an older poll with 409 when a second one begins", async () => {
    const older = callRaw<Update[]>(sandbox, "getUpdates", { timeout: 30 });
    await sandbox.until(() => sandbox.telegram.isPolling);
    const newer = poll({ timeout: 30 });
    expect(await older).toEqual({
      status: 409,
      body: {
        ok: false,
        error_code: 409,
        description:
          "Conflict: terminated by other getUpdates request; make sure that only one bot instance is running",
      },
    });
    await sandbox.until(() => sandbox.telegram.isPolling);
    write("for the newer");
    expect(await newer).toHaveLength(1);
  });

  test("rejects a poll while a webhook is set", async () => {
    await callRaw(sandbox, "setWebhook", { url: "http://127.0.0.1:9/hook" });
    const { status, body } = await callRaw<Update[]>(sandbox, "getUpdates");
    expect([status, body.description]).toEqual([
      409,
      "Conflict: can't use getUpdates method while webhook is active; use deleteWebhook to delete the webhook first",
    ]);
    await callRaw(sandbox, "deleteWebhook");
    expect((await callRaw<Update[]>(sandbox, "getUpdates")).status).toBe(200);
  });

  test("drops later updates of kinds that allowed_updates leaves out", async () => {
    await poll({ allowed_updates: ["callback_query"] });
    write("not wanted");
    await poll({ allowed_updates: ["message"] });
    write("wanted");
    expect((await poll()).map(textOf)).toEqual(["wanted"]);
  });
});

test("delivers a command, an album, an edit and a block to a polling grammY bot", async () => {
  const bot = new Bot(sandbox.env.TELEGRAM_BOT_TOKEN, { client: { apiRoot: sandbox.origin } });
  const seen: string[] = [];
  bot.hears("/start", async (ctx) => {
    await ctx.reply("Welcome");
    seen.push("start");
  });
  bot.on("message:photo", (ctx) => {
    seen.push(`photo ${ctx.message.caption ?? "-"} ${ctx.message.media_group_id}`);
  });
  bot.on("edited_message:text", (ctx) => {
    seen.push(`edited ${ctx.editedMessage.text}`);
  });
  bot.on("my_chat_member", (ctx) => {
    seen.push(`member ${ctx.myChatMember.new_chat_member.status}`);
  });
  const running = bot.start();

  const chatId = openDialog(sandbox);
  await sandbox.until(() => sandbox.world().privateChats[0]?.messages.some(({ text }) => text === "Welcome"));
  sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: "two" }, { photos: [makePhoto(), makePhoto()] });
  const [id] = sandbox.telegram.sendAsUser({ userId: chatId, chatId, text: "typo" }).messageIds;
  sandbox.telegram.edit({ userId: chatId, chatId, messageId: id ?? 0, text: "fixed" });
  sandbox.telegram.block(chatId, true);
  const last = sandbox.world();
  expect(last.privateChats[0]?.messages.at(-1)).toMatchObject({ text: "fixed" });
  await sandbox.until(() => seen.length === 5);
  await bot.stop();
  await running;

  const albumId = last.privateChats[0]?.messages.find((message) => message.mediaGroupId !== null)?.mediaGroupId;
  expect(seen).toEqual(["start", `photo two ${albumId}`, `photo - ${albumId}`, "edited fixed", "member kicked"]);
});

test("delivers staff messages in the group with their topic and the message they reply to", async () => {
  const { body } = await callRaw<ForumTopic>(sandbox, "createForumTopic", { chat_id: groupId(sandbox), name: "Anna" });
  const threadId: number = body.result.message_thread_id;
  const asked = await callRaw<Message>(sandbox, "sendMessage", {
    chat_id: groupId(sandbox),
    message_thread_id: threadId,
    text: "question",
  });
  const agent = findUser(sandbox, "staff");
  const replyToMessageId: number = asked.body.result.message_id;
  sandbox.telegram.sendAsUser({ userId: agent.id, chatId: groupId(sandbox), text: "internal", threadId });
  sandbox.telegram.sendAsUser({ userId: agent.id, chatId: groupId(sandbox), text: "answer", replyToMessageId });
  const updates = await poll();
  const [created, internal, answer] = updates.map((update) => update.message);
  expect(updates).toHaveLength(3);
  expect(created).toMatchObject({ forum_topic_created: { name: "Anna" }, message_thread_id: threadId });
  expect(internal).toMatchObject({
    text: "internal",
    from: { id: agent.id, is_bot: false, first_name: "Agent A (demo)" },
    message_thread_id: threadId,
    is_topic_message: true,
    reply_to_message: { message_id: threadId, forum_topic_created: { name: "Anna" } },
  });
  expect(answer).toMatchObject({
    text: "answer",
    message_thread_id: threadId,
    reply_to_message: { message_id: replyToMessageId, text: "question" },
  });
});
