import { sql } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import { InstagramError } from "../instagram/instagram.ts";
import { keyWith } from "../testing/factories.ts";
import { createTestInstagram, instagramThread } from "../testing/instagram-desk.ts";
import { SAMPLE_PHOTOS } from "../testing/sample-photos.ts";
import { waitFor } from "../testing/telegram-desk.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";

const HOUR = 60 * 60_000;

describeOnBothDatabases("Messages on Instagram", (world) => {
  const start = () => createTestInstagram(world.deps);
  const { api, opened, lines, reply, deliveryOf } = instagramThread(world);

  describe("a customer's messages", () => {
    it("open a conversation under the name of their profile", async () => {
      const { receive, message } = start();
      await receive(message("m1", { text: "Is it in stock?" }));
      const { conversation } = await opened();
      expect(conversation).toMatchObject({
        channel: "instagram",
        customer: { id: "501", name: "Anna", username: "anna" },
        unreadCount: 1,
        replyWindow: { openedBy: "message", openedAt: "2026-03-10T12:00:00.000Z", until: "2026-03-11T12:00:00.000Z" },
      });
      expect(await lines()).toEqual([["customer", "Is it in stock?"]]);
    });

    it("are shown once each, repeated, out of order, and 36 h late", async () => {
      const { receive, message } = start();
      const [one, two] = [message("m1", { text: "1" }), message("m2", { text: "2" })];
      await receive(two, one, two);
      world.deps.clock.advance(36 * HOUR);
      await receive(one, { ...message("m3", { text: "late" }), timestamp: Date.parse("2026-03-10T12:00:00Z") });
      expect((await lines()).toSorted()).toEqual([
        ["customer", "1"],
        ["customer", "2"],
        ["customer", "late"],
      ]);
      expect((await opened()).conversation.replyWindow?.until).toBe("2026-03-11T12:00:00.000Z");
    });

    it("of a burst are shown in their order", async () => {
      const { receive, message } = start();
      const texts = Array.from({ length: 40 }, (_, at) => String(at));
      await receive(...texts.map((text) => message(`m${text}`, { text })));
      expect(await lines()).toEqual(texts.map((text) => ["customer", text]));
    });

    it("are shown once each when the process dies between the desk and its note of it", async () => {
      const { receive, giveAll, message } = start();
      await receive(message("m1", { text: "1" }), message("m2", { attachments: [{ type: "share", payload: {} }] }));
      await world.query(sql`update instagram_events set desk_due_at = received_at`);
      await giveAll();
      expect(await lines()).toEqual([
        ["customer", "1"],
        ["customer", "[share]"],
      ]);
    });

    it("carry photos, and name in words what is none or cannot be loaded", async () => {
      const { fake, receive, message } = start();
      fake.files.set("https://cdn.example.com/1.jpg", SAMPLE_PHOTOS.jpeg);
      const at = (type: string, url: string) => ({ type, payload: { url } });
      const attachments = [
        at("image", "https://cdn.example.com/1.jpg"),
        at("image", "https://cdn.example.com/gone.jpg"),
        at("audio", "https://cdn.example.com/voice.mp4"),
      ];
      await receive(message("m1", { attachments }), message("m2", { is_unsupported: true }));
      const [first, second] = (await opened()).messages;
      expect(first?.photos).toHaveLength(1);
      expect(first?.text).toBe(
        "[photo] https://cdn.example.com/gone.jpg\n[voice message] https://cdn.example.com/voice.mp4",
      );
      expect(second?.text).toBe("[a message that Instagram shows only in its app]");
    });

    it("wait for a photo while Instagram is down, in their order, and give up on it in the end", async () => {
      const { fake, receive, giveAll, message } = start();
      fake.failAll = new InstagramError("down", "Instagram could not be reached");
      const attachments = [{ type: "image", payload: { url: "https://cdn.example.com/1.jpg" } }];
      await receive(message("m1", { attachments }), message("m2", { text: "Have you seen it?" }));
      expect((await api().inbox({})).conversations).toEqual([]);
      for (let tries = 0; tries < 4; tries++) {
        world.deps.clock.advance(2_000 * 2 ** tries);
        await giveAll();
      }
      expect(await lines()).toEqual([
        ["customer", "[photo] https://cdn.example.com/1.jpg"],
        ["customer", "Have you seen it?"],
      ]);
      expect((await opened()).conversation.customer.name).toBe("501");
      fake.failAll = null;
      world.deps.clock.advance(HOUR);
      await receive(message("m3", { text: "Hello?" }));
      expect((await opened()).conversation.customer.name).toBe("Anna");
    });

    it("of others pass those of a person whose photo is waited for", async () => {
      const { fake, receive, message } = start();
      fake.failNext("download", new InstagramError("down", "Instagram could not be reached"));
      const attachments = [{ type: "image", payload: { url: "https://cdn.example.com/1.jpg" } }];
      const many = Array.from({ length: 120 }, (_, at) => message(`m${at}`, { text: String(at) }));
      await receive(
        message("photo", { attachments }),
        ...many,
        message("other", { text: "Hi" }, { sender: { id: "502" } }),
      );
      expect(await lines()).toEqual([["customer", "Hi"]]);
    });

    it("of others do not wait while a photo is loaded", async () => {
      const { fake, store, readAll, giveAll, accountId, message } = start();
      const loading = Promise.withResolvers<never>();
      const download = vi.spyOn(fake, "download").mockReturnValue(loading.promise);
      const attachments = [{ type: "image", payload: { url: "https://cdn.example.com/1.jpg" } }];
      const entry = (...messaging: object[]) => store({ entry: [{ id: accountId, time: 1, messaging }] });
      await entry(message("photo", { attachments }), message("after it", { text: "after it" }));
      await readAll();
      const giving = giveAll();
      await waitFor(() => download.mock.calls.length > 0);
      await entry(message("other", { text: "Hi" }, { sender: { id: "502" } }));
      await readAll();
      await waitFor(async () => (await api().inbox({})).conversations.length === 1);
      expect(await lines()).toEqual([["customer", "Hi"]]);
      loading.reject(new InstagramError("gone", "The attachment answered 404"));
      await giving;
      expect((await api().inbox({})).conversations.map(({ lastMessage }) => lastMessage?.text)).toEqual([
        "after it",
        "Hi",
      ]);
    });

    it("that were put aside are shown once when a person has them delivered again", async () => {
      const { receive, giveAll, message } = start();
      await receive(message("m1", { text: "1" }), message("m2", { text: "2" }));
      await world.query(sql`
        update instagram_events set desk_note = 'put aside: a fault of ours', desk_attempts = 5 where key = 'm2'`);
      await world.query(sql`delete from messages where client_id = 'ig:m2'`);
      const { events } = world.as(keyWith("notifications:write")).notifications;
      for (const { eventId } of (await events.list({})).events) {
        await events.replay({ eventId });
        await events.replay({ eventId });
      }
      await giveAll();
      expect(await lines()).toEqual([
        ["customer", "1"],
        ["customer", "2"],
      ]);
    });

    it("that were put aside are counted in the health, and shown once when all that was put aside is tried again", async () => {
      const { receive, giveAll, message } = start();
      await receive(message("m1", { text: "1" }), message("m2", { text: "2" }));
      await world.query(sql`
        update instagram_events set desk_note = 'put aside: a fault of ours', desk_attempts = 5 where key = 'm2'`);
      await world.query(sql`delete from messages where client_id = 'ig:m2'`);
      const { instagram, events } = world.as(keyWith("notifications:write")).notifications;
      const putAside = async () => (await instagram.health()).webhook.putAside;
      expect(await putAside()).toEqual({ count: 1, reason: "put aside: a fault of ours" });
      expect(await events.replay({ putAside: true })).toEqual({ count: 1 });
      await giveAll();
      expect((await lines()).map(([, text]) => text)).toEqual(["1", "2"]);
      expect(await putAside()).toEqual({ count: 0, reason: null });
    });

    it.for([
      [
        "storyReply",
        { text: "Nice", reply_to: { story: { id: "s1", url: "https://cdn.example.com/s1" } } },
        "[reply to a story] https://cdn.example.com/s1\nNice",
      ],
      [
        "storyMention",
        { attachments: [{ type: "story_mention", payload: { url: "https://cdn.example.com/s2" } }] },
        "[mention in a story] https://cdn.example.com/s2",
      ],
    ] as const)("say what a %s refers to, and open the window by it", async ([openedBy, content, text]) => {
      const { receive, message } = start();
      await receive(message("m1", content));
      expect(await lines()).toEqual([["customer", text]]);
      expect((await opened()).conversation.replyWindow).toMatchObject({ openedBy });
    });

    it("quote the message that they answer", async () => {
      const { receive, message } = start();
      await receive(message("m1", { text: "1" }), message("m2", { text: "2", reply_to: { mid: "m1" } }));
      expect((await opened()).messages[1]?.replyTo).toMatchObject({ text: "1" });
    });

    it("that are taken back lose their words and photos, whichever comes first", async () => {
      const { fake, receive, message } = start();
      fake.files.set("https://cdn.example.com/1.jpg", SAMPLE_PHOTOS.jpeg);
      const attachments = [{ type: "image", payload: { url: "https://cdn.example.com/1.jpg" } }];
      await receive(message("m1", { text: "secret", attachments }), message("m2", { text: "kept" }));
      await receive(message("m1", { is_deleted: true }), message("m3", { is_deleted: true }));
      await receive(message("m3", { attachments: [{ type: "story_mention", payload: {} }] }));
      const { messages } = await opened();
      expect(messages).toMatchObject([
        { text: "", photos: [], deletedAt: "2026-03-10T12:00:00.000Z" },
        { text: "kept" },
      ]);
      expect(messages).toHaveLength(2);
      expect(await world.query(sql`select 1 from media_files where claimed_by is not null`)).toEqual([]);
    });

    it("in a thread that another app answers are shown, and open no reply window", async () => {
      const { accountId, receiveBodies, message } = start();
      await receiveBodies({ entry: [{ id: accountId, time: 1, standby: [message("m1", { text: "Hi" })] }] });
      expect(await lines()).toEqual([["customer", "Hi"]]);
      expect((await opened()).conversation.replyWindow).toBeNull();
      await expect(reply("Hello")).rejects.toMatchObject({ cause: { key: "support.replyWindowNotOpen" } });
    });

    it("move the read mark with what the customer has seen", async () => {
      const { receive, message, deliver } = start();
      await receive(message("m1", { text: "Hi" }));
      const { id } = await reply("Hello");
      await deliver();
      const [sent] = await world.query<{ mid: string }>(sql`select mid from instagram_sends`);
      await receive({
        sender: { id: "501" },
        recipient: { id: "1" },
        timestamp: 1_773_140_400_000,
        read: { mid: sent?.mid },
      });
      expect((await opened()).conversation.customerReadId).toBe(id);
    });
  });

  describe("echoes", () => {
    it("of what was written in Instagram itself are an agent's, and answer the conversation", async () => {
      const { receive, message, echo, deliver, fake } = start();
      await receive(
        message("m1", { text: "Hi" }),
        echo("e1", { text: "Hello from the phone" }),
        echo("e1", { text: "x" }),
      );
      const { messages, conversation } = await opened();
      expect(messages).toMatchObject([
        { kind: "customer" },
        { kind: "agent", source: "instagram", text: "Hello from the phone" },
      ]);
      expect(conversation.unreadCount).toBe(0);
      await deliver();
      expect(fake.sent).toEqual([]);
    });

    it("of what was sent from here add nothing", async () => {
      const { receive, message, echo, deliver } = start();
      await receive(message("m1", { text: "Hi" }));
      await reply("Hello");
      await deliver();
      const [sent] = await world.query<{ mid: string }>(sql`select mid from instagram_sends`);
      await receive(echo(sent?.mid ?? "", { text: "Hello" }));
      expect(await lines()).toEqual([
        ["customer", "Hi"],
        ["agent", "Hello"],
      ]);
    });

    it("add nothing while the call that they are of is under way", async () => {
      const { fake, receive, giveAll, message, echo, deliver } = start();
      await receive(message("m1", { text: "Hi" }));
      const answer = await reply("Hello");
      await world.query(sql`
        insert into instagram_sends (outbox_id, message_id, started_at) select id, ${answer.id}, now() from outbox where kind = 'support.instagram'`);
      await receive(echo("mid.1", { text: "Hello" }));
      for (const seconds of [2, 4, 8]) {
        world.deps.clock.advance(seconds * 1_000);
        await giveAll();
      }
      expect(await lines()).toHaveLength(2);
      await deliver();
      world.deps.clock.advance(16_000);
      await giveAll();
      expect(await deliveryOf(answer)).toMatchObject({ state: "delivered" });
      expect(await lines()).toHaveLength(2);
      expect(fake.sent).toEqual([]);
    });

    it("say of an answer whose outcome was lost that it arrived", async () => {
      const { fake, receive, message, echo, deliver } = start();
      await receive(message("m1", { text: "Hi" }));
      const lost = new InstagramError("down", "Instagram did not answer in time", { mayHaveArrived: true });
      fake.failNext("sendMessage", lost, { after: true });
      const answer = await reply("Hello");
      await deliver();
      expect(await deliveryOf(answer)).toMatchObject({ state: "failed", reason: "Instagram did not answer in time" });
      await receive(echo(fake.sent[0]?.messageId ?? "", { text: "Hello" }));
      expect(await deliveryOf(answer)).toMatchObject({ state: "delivered", reason: null });
      expect(await lines()).toEqual([
        ["customer", "Hi"],
        ["agent", "Hello"],
      ]);
    });
  });
});
