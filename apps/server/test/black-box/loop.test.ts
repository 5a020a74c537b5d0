import { SAMPLE_PHOTOS } from "@pult/api/testing/sample-photos.ts";
import type { ReceivedPush } from "@pult/sandbox/control.ts";
import { findUser, makePhoto, openDialog } from "@pult/sandbox/testing.ts";
import { beforeAll, describe, expect, test } from "vitest";
import { call, historyOf, sendMessage, sendPhotos, writtenBy } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { rowOf } from "../support/desk.ts";
import { openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { everyCell } from "../support/matrix.ts";
import { linesOf, textsOf, topicOf, writeInTopic } from "../support/support-group.ts";
import { callApi, signInAt } from "../support/trpc-client.ts";
import { useServer } from "../support/use-server.ts";

/** Documented requests with a bare id, all the way round: app, desk, Telegram group, push. */
describe.each(everyCell())("The whole loop on %s", (_name, cell) => {
  const options = { ...cell, speed: 2, legacyAuth: "open", demo: true, fromNothing: true } as const;
  const server = useServer(() => openInstallation(options));
  let agent: ReturnType<typeof callApi>;
  beforeAll(async () => {
    agent = callApi(server, await signInAt(server));
  });

  /** A phone of the customer that gets pushes, registered. @returns the pushes that it has got */
  async function addPhone(userId: string): Promise<() => ReceivedPush[]> {
    const { sandbox } = server;
    const device = sandbox.push.createDevice({ kind: "fcm", label: "Phone", userId });
    if (device.kind !== "fcm") throw new Error("Not an FCM device");
    await call(server, "/register_device", { json: { user_id: userId, fcm_token: device.token } });
    return () => sandbox.world().pushes.filter(({ deviceId }) => deviceId === device.id);
  }

  test.concurrent("is served by the runtime and the database it says", async () => {
    const ready = JSON.parse((await call(server, "/health/ready")).text);
    expect(ready.runtime.split(" ")[0]).toBe(cell.runtime);
    expect(ready).toMatchObject({ status: "ok", database: cell.database });
    expect(ready.parts).toEqual({ database: "ok", redis: cell.redis ? "ok" : "off", bot: "ok", mtproto: "off" });
    expect((await call(server, "/health")).text).toBe('{"status":"ok"}');
  });

  test.concurrent("delivers photos to the topic as an album, and the agent's answer to history, socket and push", async () => {
    const { sandbox } = server;
    const fields = { user_id: "loop-1", user_name: "Анна", message: "Два фото" };
    const two = { bytes: SAMPLE_PHOTOS.png, name: "two.png", type: "image/png" };
    const sent = await sendPhotos(server, fields, { photos: [{ bytes: SAMPLE_PHOTOS.jpeg }, two] });
    expect(sent.status).toBe(200);
    expect(sent.body).toMatchObject({ success: true, photo_count: 2 });
    expect(sent.body.photo_url).toBe(sent.body.photo_urls?.[0]);

    const topic = await topicOf(sandbox, "Анна");
    const album = await sandbox.until(() => {
      const lines = linesOf(sandbox, topic.threadId);
      return lines.length === 2 && lines;
    });
    expect(album.map(({ photo }) => photo !== null)).toEqual([true, true]);
    expect(new Set(album.map(({ mediaGroupId }) => mediaGroupId)).size).toBe(1);
    expect(album[0]?.mediaGroupId).not.toBeNull();
    expect(album[0]?.text).toBe("Два фото");

    const pushes = await addPhone("loop-1");
    const chat = connectChat(server);
    expect(await chat.join("loop-1")).toEqual({ name: "joined", data: { user_id: "loop-1" } });

    writeInTopic(sandbox, topic.threadId, "Получили, спасибо");
    const event = await chat.message("Получили, спасибо");
    expect(event).toMatchObject({ direction: "support", photo_url: null, photo_urls: [] });
    const push = await sandbox.until(() => pushes()[0]);
    expect(push).toMatchObject({ body: "Получили, спасибо", status: 200 });
    expect(push.data).toMatchObject({ message_id: String(event.message_id), user_id: "loop-1" });

    const [first, , last] = await historyOf(server, "loop-1");
    expect(first).toMatchObject({ message_id: sent.body.message_id, message: "Два фото", direction: "user" });
    expect(first?.photo_urls).toEqual(sent.body.photo_urls);
    expect(last?.direction).toBe("support");
    chat.close();
  });

  test.concurrent("the message in history and in new_message is one and the same", async () => {
    const { sandbox } = server;
    await sendMessage(server, { user_id: "same-1", user_name: "Same One", message: "Hello" });
    const chat = connectChat(server, { transport: "polling" });
    await chat.join("same-1");
    const topic = await topicOf(sandbox, "Same One");
    writeInTopic(sandbox, topic.threadId, "An answer");
    const event = await chat.message("An answer");
    const history = await historyOf(server, "same-1");
    expect(history.find(({ message_id }) => message_id === event.message_id)).toEqual(event);
    chat.close();
  });

  test.concurrent("an answer that the customer has fetched is not pushed, the next one is", async () => {
    const { sandbox } = server;
    await sendMessage(server, { user_id: "seen-1", user_name: "Seen One", message: "Hello" });
    const pushes = await addPhone("seen-1");
    const chat = connectChat(server);
    await chat.join("seen-1");
    const topic = await topicOf(sandbox, "Seen One");
    writeInTopic(sandbox, topic.threadId, "Seen at once");
    await chat.message("Seen at once");
    await historyOf(server, "seen-1");
    chat.close();
    await eventually(async () => !(await rowOf(server, "Seen One")).customer.online);
    writeInTopic(sandbox, topic.threadId, "Not seen");
    await sandbox.until(() => pushes().length > 0);
    expect(pushes().map(({ body }) => body)).toEqual(["Not seen"]);
  });

  test.concurrent("delivers the dashboard's reply to socket, history and topic under the agent's name", async () => {
    const { sandbox } = server;
    await sendMessage(server, { user_id: "desk-1", user_name: "Desk One", message: "Is it open?" });
    const chat = connectChat(server);
    await chat.join("desk-1");
    const { id: conversationId } = await rowOf(server, "Desk One");
    const reply = { conversationId, text: "Until six", clientId: "desk-reply" };
    const { message } = await agent.support.reply.mutate(reply);
    const again = await agent.support.reply.mutate(reply);
    expect(again.message.id).toBe(message.id);
    expect((await chat.message("Until six")).message_id).toBe(message.id);
    const topic = await topicOf(sandbox, "Desk One");
    await sandbox.until(() => textsOf(sandbox, topic.threadId).length === 2);
    expect(textsOf(sandbox, topic.threadId)).toEqual(["Is it open?", "Agent A (demo): Until six"]);
    const texts = (await historyOf(server, "desk-1")).map((one) => one.message);
    expect(texts.slice(0, 2)).toEqual(["Is it open?", "Until six"]);
    chat.close();
  });

  test.concurrent("a note never reaches the customer, from the group or from the dashboard", async () => {
    const { sandbox } = server;
    await sendMessage(server, { user_id: "note-1", user_name: "Note One", message: "Hello" });
    const topic = await topicOf(sandbox, "Note One");
    const chat = connectChat(server);
    await chat.join("note-1");
    writeInTopic(sandbox, topic.threadId, "// he has complained before");
    const { id: conversationId } = await rowOf(server, "Note One");
    await agent.support.note.mutate({ conversationId, text: "be kind", clientId: "note" });
    writeInTopic(sandbox, topic.threadId, "Good morning");
    await chat.message("Good morning");
    expect(chat.events.all.filter(({ name }) => name === "new_message")).toHaveLength(1);
    const seen = JSON.stringify(await historyOf(server, "note-1"));
    expect(seen).not.toContain("complained");
    expect(seen).not.toContain("be kind");
    const { messages } = await agent.support.conversation.query({ conversationId });
    // The two routes are not ordered among themselves.
    const notes = messages.filter(({ kind }) => kind === "note").map(({ text }) => text);
    expect(notes.sort()).toEqual(["be kind", "he has complained before"]);
    chat.close();
  });

  test.concurrent("delivers an agent's edits to history, and a Telegram customer's to their topic", async () => {
    const { sandbox } = server;
    await sendMessage(server, { user_id: "edit-1", user_name: "Edit One", message: "Price?" });
    const topic = await topicOf(sandbox, "Edit One");
    const messageId = writeInTopic(sandbox, topic.threadId, "10 euro");
    await eventually(async () => (await historyOf(server, "edit-1")).some(({ message }) => message === "10 euro"));
    const { id: staff } = findUser(sandbox, "staff");
    sandbox.telegram.edit({ userId: staff, chatId: sandbox.world().group.chatId, messageId, text: "12 euro" });
    const changed = await eventually(async () =>
      (await historyOf(server, "edit-1")).find(({ message }) => message === "12 euro"),
    );
    expect(changed.direction).toBe("support");
    expect((await historyOf(server, "edit-1")).some(({ message }) => message === "10 euro")).toBe(false);

    const customer = findUser(sandbox, "customer", 3);
    const written = sandbox.telegram.sendAsUser({ userId: customer.id, chatId: customer.id, text: "Frist words" });
    const own = await topicOf(sandbox, customer.name);
    await sandbox.until(() => textsOf(sandbox, own.threadId).includes("Frist words"));
    const [edited = 0] = written.messageIds;
    sandbox.telegram.edit({ userId: customer.id, chatId: customer.id, messageId: edited, text: "First words" });
    await sandbox.until(() => textsOf(sandbox, own.threadId).includes("First words"));
    expect(textsOf(sandbox, own.threadId)).toEqual(["First words"]);
  });

  test.concurrent("receives a Telegram customer's album as one message, and delivers answers to their private chat", async () => {
    const { sandbox } = server;
    const customer = findUser(sandbox, "customer", 2);
    openDialog(sandbox, 2);
    sandbox.telegram.sendAsUser(
      { userId: customer.id, chatId: customer.id, text: "Look" },
      { photos: [makePhoto(), makePhoto(200, 100)] },
    );
    const { id: conversationId } = await eventually(() => rowOf(server, customer.name).catch(() => null));
    const { messages } = await agent.support.conversation.query({ conversationId });
    const album = messages.filter(({ kind }) => kind === "customer");
    expect(album.map(({ text, photos }) => [text, photos.length])).toEqual([["Look", 2]]);

    await agent.support.reply.mutate({ conversationId, text: "From the desk", clientId: "tg-1" });
    const topic = await topicOf(sandbox, customer.name);
    writeInTopic(sandbox, topic.threadId, "From the group");
    const received = await sandbox.until(() => {
      const chat = sandbox.world().privateChats.find(({ userId }) => userId === customer.id);
      const fromBot = chat?.messages.filter(({ from }) => from.bot).map(({ text }) => text);
      return fromBot?.includes("From the group") && fromBot;
    });
    expect(received).toEqual([`Здравствуйте, ${customer.name}!`, "From the desk", "From the group"]);
  });

  test.concurrent("equal ids in the app and in Telegram are two people", async () => {
    const { sandbox } = server;
    const customer = findUser(sandbox, "customer", 4);
    sandbox.telegram.sendAsUser({ userId: customer.id, chatId: customer.id, text: "From Telegram" });
    await topicOf(sandbox, customer.name);
    expect(await writtenBy(server, String(customer.id))).toEqual([]);
  });
});
