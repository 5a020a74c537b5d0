import { describe, expect, it } from "vitest";
import { BotError } from "../telegram/bot.ts";
import { makeCustomer } from "../testing/factories.ts";
import { SAMPLE_PHOTOS } from "../testing/sample-photos.ts";
import { serveCustomer, serveInGroup } from "../testing/served-customer.ts";
import { type DeskOptions, GROUP_ID } from "../testing/telegram-desk.ts";
import { photoOf, replyTo } from "../testing/telegram-json.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

/** Telegram's account behind which anonymous administrators stand. */
const ANONYMOUS_ADMIN = { id: 1_087_968_824, is_bot: true, first_name: "Group", username: "GroupAnonymousBot" };
const SUPPORT = { id: GROUP_ID, title: "Support", type: "supergroup" };

describeOnDatabases("The support group", { telegram: true }, (world) => {
  const start = (options: DeskOptions = {}) => serveInGroup(world.deps, options);

  describe("with topics", () => {
    it("has one for each customer, introduced by a card, with their messages in it", async () => {
      const { bot, customer, shown, deliver } = await start();
      await world.writeAs(customer, { text: "and more" });
      const app = makeCustomer({ name: "Boris", externalId: "b-1" });
      await world.writeAs(app, { text: "other" });
      await deliver();
      expect(bot.topics.map((topic) => topic.name)).toEqual(["Anna", "Boris"]);
      const [anna, boris] = bot.topics;
      expect(shown(GROUP_ID).map((message) => [message.threadId, message.text])).toEqual([
        [anna?.threadId, `Anna\ntelegram · ${customer.externalId}`],
        [anna?.threadId, "Help"],
        [anna?.threadId, "and more"],
        [boris?.threadId, "Boris\napp · b-1"],
        [boris?.threadId, "other"],
      ]);
    });

    it("shows an agent's answer from elsewhere under the agent's name, once", async () => {
      const { conversationId, deliver, groupTexts } = await start();
      const agent = world.as(await world.makeAgent({ name: "Olga" })).support;
      await agent.reply({ conversationId, text: "Answer", clientId: "r" });
      await agent.note({ conversationId, text: "internal", clientId: "n" });
      await deliver();
      expect(groupTexts().slice(2)).toEqual(["Olga: Answer"]);
    });

    it("delivers an agent's topic message to the customer, and does not repeat it in the topic", async () => {
      const { say, thread, texts, deliver, shown } = await start();
      await say({ text: "Hello Anna" });
      await deliver();
      expect(await thread()).toMatchObject([{ kind: "agent", source: "group", author: { id: null, name: "Olga" } }]);
      expect(texts()).toEqual(["Hello Anna"]);
      expect(shown(GROUP_ID)).toHaveLength(2);
    });

    it("answers with a photo, an album, and as a reply", async () => {
      const { bot, inTopic, receive, texts, deliver, shown, chatId, first, thread } = await start();
      bot.files.set("one", SAMPLE_PHOTOS.png).set("two", SAMPLE_PHOTOS.gif);
      const [, copy] = shown(GROUP_ID);
      await receive({ message: inTopic({ ...photoOf("one"), caption: "See", ...replyTo(copy?.messageId) }) });
      await deliver();
      expect(texts()).toEqual(["See"]);
      expect(shown(chatId)[0]?.photoKey).toMatch(/\.png$/);
      expect((await thread())[0]?.replyTo).toMatchObject({ id: first.id });
    });

    it.each([
      ["//", "// he is angry", "he is angry"],
      ["// without a blank", "//he is angry", "he is angry"],
    ])("keeps what begins with %s as a note", async (_, text, note) => {
      const { say, thread, seen, texts, deliver } = await start();
      await say({ text });
      await deliver();
      expect(await thread()).toMatchObject([{ kind: "note", text: note, deliveries: [] }]);
      expect([await seen(), texts()]).toEqual([[], []]);
    });

    it("keeps a note with a document, a photo, and as a reply to the customer", async () => {
      const { bot, say, thread, seen, deliver, texts, shown } = await start();
      bot.files.set("one", SAMPLE_PHOTOS.png);
      const [, copy] = shown(GROUP_ID);
      await say({ document: { file_id: "d", file_name: "passport.pdf" }, caption: "// do not send" });
      await say({ ...photoOf("one"), caption: "// nor this" });
      await say({ text: "// or this", ...replyTo(copy?.messageId) });
      await deliver();
      expect(await thread()).toMatchObject([
        { kind: "note", text: "do not send", attachments: [{ kind: "document", name: "passport.pdf" }] },
        { kind: "note", text: "nor this", photos: [{ contentType: "image/png" }] },
        { kind: "note", text: "or this" },
      ]);
      expect([await seen(), texts()]).toEqual([[], []]);
    });

    it.each<[string, object]>([
      ["General", { message_thread_id: undefined, text: "lunch?" }],
      ["a topic of their own", { message_thread_id: 123_456, text: "lunch?" }],
      ["another group", { chat: { ...SUPPORT, id: -2002 }, text: "hello" }],
      ["a note without words", { text: "//" }],
      ["a service message", { forum_topic_edited: { name: "x" } }],
      ["another bot", { from: { id: 5, is_bot: true, first_name: "Bot" }, text: "I am a bot" }],
      ["the bot itself", { from: { id: 7_000_000_001, is_bot: true, first_name: "Fake bot" }, text: "Olga: hi" }],
    ])("keeps what is said in %s to itself", async (_, content) => {
      const { say, thread, seen, texts, deliver } = await start();
      await say(content);
      await deliver();
      expect([await thread(), await seen(), texts()]).toEqual([[], [], []]);
    });

    it("lets an anonymous administrator answer", async () => {
      const { say, seen } = await start();
      await say({ from: ANONYMOUS_ADMIN, sender_chat: SUPPORT, text: "Hello" });
      expect(await seen()).toEqual(["Hello"]);
    });

    it("does not take a message of the topic that Telegram shows as a reply to the topic's opening for a reply", async () => {
      const { bot, say, thread } = await start();
      await say({ text: "Hello", ...replyTo(bot.topics[0]?.threadId) });
      expect(await thread()).toMatchObject([{ kind: "agent", replyTo: null }]);
    });

    it("makes a deleted topic anew, introduces the customer again, and loses nothing", async () => {
      const { bot, customer, deliver, shown } = await start();
      const [old] = bot.topics;
      bot.deleteTopic(GROUP_ID, old?.threadId ?? 0);
      await world.writeAs(customer, { text: "still there?" });
      await deliver();
      const [fresh] = bot.topics;
      expect(fresh?.threadId).not.toBe(old?.threadId);
      expect(
        shown(GROUP_ID)
          .slice(2)
          .map((message) => [message.threadId, message.text.split("\n")[0]]),
      ).toEqual([
        [fresh?.threadId, "Anna"],
        [fresh?.threadId, "still there?"],
      ]);
    });

    it("introduces the customer when the card failed the first time, and opens no second topic", async () => {
      const { bot, deliver, groupTexts } = await serveCustomer(world.deps);
      bot.failNext("sendText", new BotError("down", "timeout"));
      await deliver();
      world.deps.clock.advance(1_000);
      await deliver();
      expect(bot.topics).toHaveLength(1);
      expect(groupTexts().map((text) => text.split("\n")[0])).toEqual(["Anna", "Help"]);
    });

    it("cuts a long name for the topic, between characters", async () => {
      const { bot, deliver } = await serveCustomer(world.deps);
      await world.writeAs(makeCustomer({ name: `${"n".repeat(127)}😀` }));
      await deliver();
      expect(bot.topics[1]?.name.isWellFormed()).toBe(true);
      expect(bot.topics[1]?.name.length).toBeLessThanOrEqual(128);
    });

    it("shows agents the topic's number", async () => {
      const { bot, api, conversationId } = await start();
      const { conversation } = await api.conversation({ conversationId });
      expect(conversation.telegram.topicId).toBe(bot.topics[0]?.threadId);
    });
  });

  describe("an edit", () => {
    it("of an answer reaches the customer's chat", async () => {
      const { inTopic, receive, deliver, texts, seen } = await start();
      const message = inTopic({ text: "Helo" });
      await receive({ message });
      await deliver();
      await receive({ edited_message: { ...message, text: "Hello" } });
      await deliver();
      expect([texts(), await seen()]).toEqual([["Hello"], ["Hello"]]);
    });

    it("of a note stays in the thread, without its mark", async () => {
      const { inTopic, receive, thread, deliver, texts, seen } = await start();
      const message = inTopic({ text: "// one" });
      await receive({ message }, { edited_message: { ...message, text: "// two" } });
      await deliver();
      expect(await thread()).toMatchObject([{ kind: "note", text: "two" }]);
      expect([texts(), await seen()]).toEqual([[], []]);
      const told = world.deps.bus.published.filter(({ topic }) => topic.startsWith("support.customer"));
      expect(JSON.stringify(told)).not.toMatch(/one|two/);
    });

    it("that puts // before an answer leaves the customer's copy as it was and keeps the new words as a note", async () => {
      const { inTopic, receive, thread, deliver, texts, seen } = await start();
      const message = inTopic({ text: "10 % off" });
      await receive({ message });
      await deliver();
      const toNote = { edited_message: { ...message, text: "// no discount for this one" } };
      await receive(toNote, toNote);
      await deliver();
      expect((await thread()).map(({ kind, text }) => [kind, text])).toEqual([
        ["agent", "10 % off"],
        ["note", "no discount for this one"],
      ]);
      expect([texts(), await seen()]).toEqual([["10 % off"], ["10 % off"]]);
      const sent = world.deps.bus.published.filter(({ topic }) => topic.startsWith("support.customer"));
      expect(JSON.stringify(sent)).not.toMatch(/no discount/);
    });

    it("that makes a message longer than Telegram edits says so on its leg", async () => {
      const { inTopic, receive, deliver, deliveriesOf, thread } = await start();
      const message = inTopic({ text: "x".repeat(4_000) });
      await receive({ message });
      await deliver();
      await receive({ edited_message: { ...message, text: "y".repeat(5_000) } });
      await deliver();
      const [edited] = await thread();
      expect(await deliveriesOf(edited?.id ?? 0)).toContainEqual(
        expect.objectContaining({ leg: "telegram", state: "failed", reason: expect.stringMatching(/too long/) }),
      );
    });
  });

  it("that is out of reach is waited for, and gets everything in order", async () => {
    const { bot, customer, deliver, groupTexts } = await start();
    bot.failAll = new BotError("forbidden", "Forbidden: bot was kicked from the supergroup chat");
    for (const text of ["1", "2"]) await world.writeAs(customer, { text });
    await deliver();
    world.deps.clock.advance(60_000);
    await deliver();
    bot.failAll = null;
    world.deps.clock.advance(60_000);
    await deliver();
    expect(groupTexts().slice(2)).toEqual(["1", "2"]);
  });
});
