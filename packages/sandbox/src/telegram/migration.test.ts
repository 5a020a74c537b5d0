import { Api, GrammyError } from "grammy";
import type { ForumTopic, Message } from "grammy/types";
import { afterEach, expect, test } from "vitest";
import type { Sandbox } from "../sandbox.ts";
import { startSandbox } from "../sandbox.ts";
import { callRaw, findUser, groupId } from "../testing.ts";

let sandbox: Sandbox;
afterEach(() => sandbox.close());

test.each([true, false])(
  "a migrated group (forum: %s) answers the old id with the new one and lives on under it",
  async (forum) => {
    sandbox = await startSandbox({ forum });
    const api = new Api(sandbox.env.TELEGRAM_BOT_TOKEN, { apiRoot: sandbox.origin });
    const oldId = groupId(sandbox);
    const kept = await api.sendMessage(oldId, "kept");
    const newId = sandbox.telegram.migrateGroup();

    expect(String(newId)).toMatch(/^-100\d+$/);
    expect(newId).not.toBe(oldId);
    expect(sandbox.env.GROUP_CHAT_ID).toBe(String(newId));
    const [farewell, first] = (await api.getUpdates()).map((update) => update.message);
    expect(farewell).toMatchObject({ chat: { id: oldId }, migrate_to_chat_id: newId });
    expect(first).toMatchObject({ chat: { id: newId, type: "supergroup" }, migrate_from_chat_id: oldId });

    const error: unknown = await api.sendMessage(oldId, "late").catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(GrammyError);
    expect(error).toMatchObject({
      error_code: 400,
      description: "Bad Request: group chat was upgraded to a supergroup chat",
      parameters: { migrate_to_chat_id: newId },
    });

    const reply = { message_id: kept.message_id };
    const answer = await api.sendMessage(newId, "answer", { reply_parameters: reply });
    expect(answer.reply_to_message).toMatchObject({ text: "kept", chat: { id: newId } });
    expect(answer.message_id).toBeGreaterThan(kept.message_id);
  },
);

test("topics outlive a migration, and staff whose app still shows the old id reach the new group", async () => {
  sandbox = await startSandbox();
  const oldId = groupId(sandbox);
  const { body } = await callRaw<ForumTopic>(sandbox, "createForumTopic", { chat_id: oldId, name: "t" });
  const threadId: number = body.result.message_thread_id;
  const newId = sandbox.telegram.migrateGroup();
  const again = sandbox.telegram.migrateGroup();
  const sent = await callRaw<Message>(sandbox, "sendMessage", {
    chat_id: again,
    message_thread_id: threadId,
    text: "x",
  });
  expect(sent.body.result).toMatchObject({ message_thread_id: threadId, chat: { id: again } });
  for (const chat_id of [oldId, newId]) {
    const late = await callRaw<Message>(sandbox, "sendMessage", { chat_id, text: "x" });
    expect(late.body.parameters).toEqual({ migrate_to_chat_id: again });
  }
  sandbox.telegram.sendAsUser({ userId: findUser(sandbox, "staff").id, chatId: oldId, text: "hi", threadId });
  expect(sandbox.world().group.messages.at(-1)).toMatchObject({ chatId: again, text: "hi" });
});
