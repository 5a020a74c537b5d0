import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { BotError, type BotFailure } from "../telegram/bot.ts";
import { makeTelegramCustomer } from "../testing/factories.ts";
import { SAMPLE_PHOTOS } from "../testing/sample-photos.ts";
import { serveInGroup } from "../testing/served-customer.ts";
import { GROUP_ID } from "../testing/telegram-desk.ts";
import { fromCustomer, photoOf } from "../testing/telegram-json.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

const file = (id: string, more: object = {}) => ({ file_id: id, file_unique_id: `u${id}`, file_size: 12, ...more });

describeOnDatabases("What Telegram carries beside text", { telegram: true }, (world) => {
  const start = async () => {
    const served = await serveInGroup(world.deps);
    const write = (content: object, customer = served.customer) =>
      served.receive({ message: fromCustomer(customer, { ...content }) });
    const last = async () => (await served.thread()).at(-1);
    return { ...served, write, last };
  };

  it("keeps a customer's file with its name, and copies it into the topic as it is", async () => {
    const { bot, write, last, deliver, shown } = await start();
    bot.files.set("d", new TextEncoder().encode("%PDF-1.4 invoice"));
    await write({ document: file("d", { file_name: "in\u202evoice.pdf" }), caption: "Here" });
    await deliver();
    expect(await last()).toMatchObject({
      text: "Here",
      attachments: [
        { kind: "document", name: "invoice.pdf", sizeBytes: 16, url: expect.stringMatching(/^\/uploads\//) },
      ],
      deliveries: [{ leg: "group", state: "delivered" }],
    });
    expect(shown(GROUP_ID).at(-1)?.shows).toMatchObject({ isForward: false, messageIds: [expect.any(Number)] });
  });

  it("brings an agent's voice message to the customer as itself, and pushes no words of Pult", async () => {
    const { say, deliver, shown, chatId, seen } = await start();
    await say({ voice: file("v", { duration: 3 }) });
    await deliver();
    expect(shown(chatId)).toMatchObject([{ text: "", shows: { fromChatId: GROUP_ID } }]);
    expect(await seen()).toEqual([""]);
  });

  it("tells the agent in the topic and in the Inbox what could not reach the customer", async () => {
    const { bot, say, deliver, last, groupTexts, texts } = await start();
    bot.failNext("copyMessages", new BotError("form", "Bad Request: message can't be copied"));
    await say({ game: { title: "Chess" } });
    await deliver();
    expect((await last())?.deliveries).toContainEqual(
      expect.objectContaining({ leg: "telegram", state: "failed", problem: "cannotCarry" }),
    );
    await deliver();
    expect(groupTexts().at(-1)).toMatch(/^⚠️ Not delivered to the customer/);
    expect(texts()).toEqual([]);
  });

  it("sends what is refused as a photo as a file, and else in words, and holds up no other customer", async () => {
    const { bot, write, deliver, groupTexts, last } = await start();
    bot.files.set("one", SAMPLE_PHOTOS.png);
    const right = () => new BotError("noRight", "Bad Request: not enough rights to send photos to the chat");
    bot.failNext("sendPhotos", right());
    bot.failNext("sendFile", right());
    await write({ ...photoOf("one"), caption: "My receipt" });
    await world.writeAs(makeTelegramCustomer({ name: "Boris" }), { text: "urgent" });
    await deliver();
    expect(groupTexts()).toEqual(expect.arrayContaining(["My receipt", "urgent"]));
    expect(groupTexts()).toContainEqual(expect.stringMatching(/^A file: Telegram does not take it here/));
    expect((await last())?.deliveries).toMatchObject([{ leg: "group", state: "delivered" }]);
  });

  it.each<BotFailure>(["unlisted", "topicClosed"])(
    "puts aside what stays %s, and other customers go on",
    async (failure) => {
      const { bot, deliver, last, write, groupTexts } = await start();
      const send = bot.sendText;
      bot.sendText = async (message) => {
        if (message.text === "poison") throw new BotError(failure, "Bad Request: SOMETHING_NEW");
        return send.call(bot, message);
      };
      if (failure === "topicClosed")
        for (let n = 0; n < 40; n++) bot.failNext("reopenTopic", new BotError("noRight", "no"));
      await write({ text: "poison" });
      await write({ text: "next" });
      await world.writeAs(makeTelegramCustomer(), { text: "other" });
      await deliver();
      expect(groupTexts()).toContain("other");
      for (let n = 0; n < 12; n++) {
        world.deps.clock.advance(20_000);
        await deliver();
      }
      expect(groupTexts()).toContain("next");
      const states = await world.query(sql`select state, reason from outbox where payload->>'text' = 'poison'`);
      expect(states).toEqual([{ state: "parked", reason: "Bad Request: SOMETHING_NEW" }]);
      expect((await last())?.text).toBe("next");
    },
  );

  it("repeats a call whose answer was lost once, then asks the agent", async () => {
    const { bot, reply, deliver, deliveriesOf } = await start();
    for (let n = 0; n < 3; n++) bot.failNext("sendText", new BotError("down", "timeout", { mayHaveArrived: true }));
    const { id } = await reply("Answer");
    await deliver();
    world.deps.clock.advance(10_000);
    await deliver();
    world.deps.clock.advance(10_000);
    await deliver();
    const calls = bot.calls.filter(({ method, args }) => method === "sendText" && /Answer/.test(JSON.stringify(args)));
    expect(calls.length).toBeLessThanOrEqual(4);
    expect(await deliveriesOf(id)).toContainEqual(expect.objectContaining({ problem: "mayHaveArrived" }));
  });

  it("waits for a token that is not the bot's any more", async () => {
    const { bot, reply, deliver, texts } = await start();
    bot.failAll = new BotError("unauthorized", "Unauthorized");
    await reply("Answer");
    await deliver();
    bot.failAll = null;
    world.deps.clock.advance(10_000);
    await deliver();
    expect(texts()).toEqual(["Answer"]);
  });

  it("keeps formatting on both ways, behind an agent's name too", async () => {
    const { say, write, deliver, shown, chatId, last } = await start();
    const link = (offset: number) => ({ type: "text_link", offset, length: 4, url: "https://shop.example/1" });
    await write({ text: "See this", entities: [link(4)] });
    expect(await last()).toMatchObject({ entities: [link(4)] });
    await say({ text: "Pay here", entities: [link(4)] });
    await deliver();
    expect(shown(GROUP_ID).at(-1)).toMatchObject({ text: "See this", entities: [link(4)] });
    expect(shown(chatId)).toMatchObject([{ text: "Pay here", entities: [link(4)] }]);
  });

  it("replaces a photo that was edited, on every side", async () => {
    const { bot, receive, deliver, last, shown, customer } = await start();
    bot.files.set("red", SAMPLE_PHOTOS.png).set("blue", SAMPLE_PHOTOS.jpeg);
    const photo = (id: string) => ({ photo: [file(id, { width: 8, height: 8 })], caption: "Invoice" });
    const message = fromCustomer(customer, photo("red"));
    await receive({ message });
    await deliver();
    await receive({ edited_message: { ...message, ...photo("blue"), edit_date: 1 } });
    await deliver();
    expect(await last()).toMatchObject({ text: "Invoice", photos: [{ contentType: "image/jpeg" }] });
    expect(shown(GROUP_ID).at(-1)?.photoKey).toMatch(/\.jpg$/);
    expect(await world.query(sql`select 1 from media_files where claimed_by is not null`)).toHaveLength(1);
  });

  it("shows the newest place only, at set times, and holds up nothing", async () => {
    const { bot, receive, deliver, customer, groupTexts, last } = await start();
    const place = (latitude: number) => ({ location: { latitude, longitude: 2, live_period: 900 } });
    const message = fromCustomer(customer, { ...place(1), date: Math.floor(world.deps.now().getTime() / 1_000) });
    await receive({ message });
    await deliver();
    const edits = [2, 3, 4].map((at) => ({ edited_message: { ...message, ...place(at), edit_date: at } }));
    await receive(...edits, { message: fromCustomer(customer, { text: "at the door" }) });
    await deliver();
    expect(groupTexts()).toContain("at the door");
    world.deps.clock.advance(30_000);
    await deliver();
    const moved = bot.calls.filter(({ method }) => method === "editPlace");
    expect(moved.map(({ args }) => args[2])).toEqual([{ latitude: 4, longitude: 2, isOver: false }]);
    expect(await last()).toMatchObject({ text: "at the door" });
  });

  it("names the topic as the customer is named now, unless agents have named it", async () => {
    const { bot, write, deliver, customer, receive, inTopic } = await start();
    await write({ text: "new name" }, { ...customer, name: "Anna\nForged line" });
    await deliver();
    expect(bot.topics.map(({ name }) => name)).toEqual(["Anna Forged line"]);
    await receive({ message: inTopic({ forum_topic_edited: { name: "VIP" } }) });
    await write({ text: "again" }, { ...customer, name: "Married" });
    await deliver();
    expect(bot.topics.map(({ name }) => name)).toEqual(["Anna Forged line"]);
  });

  it("opens a topic again that was closed", async () => {
    const { bot, write, deliver, groupTexts } = await start();
    for (const topic of bot.topics) topic.isClosed = true;
    await write({ text: "after closing" });
    await deliver();
    expect(groupTexts().at(-1)).toBe("after closing");
  });

  it("shows at once that the customer blocks the bot, and that they do no more", async () => {
    const { receive, api, conversationId, customer, chatId, write } = await start();
    const became = (status: string, date: number) => ({
      my_chat_member: { chat: { id: chatId, type: "private" }, from: {}, date, new_chat_member: { status } },
    });
    const blockedAt = async () => (await api.conversation({ conversationId })).conversation.blockedAt;
    await receive(became("kicked", 1_773_144_000));
    expect(await blockedAt()).toBe("2026-03-10T12:00:00.000Z");
    await receive(became("member", 1_773_144_001));
    expect(await blockedAt()).toBeUndefined();
    await receive(became("kicked", 1_773_144_002));
    await write({ text: "back" }, customer);
    expect(await blockedAt()).toBeUndefined();
    const { messages } = await api.conversation({ conversationId });
    expect(messages.flatMap(({ change }) => change ?? [])).toMatchObject([
      { type: "blocked", isBlocked: true },
      { type: "blocked", isBlocked: false },
      { type: "blocked", isBlocked: true },
    ]);
  });

  it("keeps what the customer came with, where it was forwarded from, and their reactions", async () => {
    const { write, api, conversationId, last, reply, deliver, shown, chatId, receive } = await start();
    await write({ text: "/start order_5512" });
    expect((await api.conversation({ conversationId })).conversation.origin).toBe("order_5512");
    await write({ text: "News", forward_origin: { type: "hidden_user", sender_user_name: "B." } });
    expect(await last()).toMatchObject({ forwardedFrom: "B." });
    await reply("Answer");
    await deliver();
    const messageId = shown(chatId).at(-1)?.messageId;
    const reaction = { chat: { id: chatId }, message_id: messageId, user: { id: chatId } };
    await receive({ message_reaction: { ...reaction, new_reaction: [{ type: "emoji", emoji: "❤" }] } });
    expect(await last()).toMatchObject({ text: "Answer", reactions: ["❤"], editedAt: null });
  });

  it("is heard from a business account, answered in its name, and edited and deleted there", async () => {
    const { receive, deliver, bot, api, customer, chatId } = await start();
    const business = fromCustomer(customer, { text: "to the business", business_connection_id: "b1" });
    await receive({ business_message: business }, { edited_business_message: { ...business, text: "edited" } });
    const { conversations } = await api.inbox({ search: customer.externalId });
    const [row] = conversations;
    expect(row).toMatchObject({ lastMessage: { text: "edited" }, replyWindow: { openedBy: "message" } });
    await api.reply({ conversationId: row?.id ?? 0, text: "Answer", clientId: "b" });
    await deliver();
    const sent = bot.calls.filter(({ method }) => method === "sendText").map(({ args }) => args[0]);
    expect(sent).toContainEqual(expect.objectContaining({ chatId, text: "Answer", businessConnectionId: "b1" }));
    const { message_id: gone } = business as { message_id: number };
    await receive({ deleted_business_messages: { chat: { id: chatId }, message_ids: [gone] } });
    const { messages } = await api.conversation({ conversationId: row?.id ?? 0 });
    expect(messages.find(({ deletedAt }) => deletedAt)).toMatchObject({ text: "" });
  });

  it("does not send the customer a command that names a bot", async () => {
    const { say, deliver, texts, thread } = await start();
    await say({ text: "/ban@moderator_bot 5d" });
    await say({ text: "/price is on the page" });
    await deliver();
    expect(texts()).toEqual(["/price is on the page"]);
    expect(await thread()).toHaveLength(1);
  });
});
