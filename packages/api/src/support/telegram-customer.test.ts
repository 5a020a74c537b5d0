import { sql } from "drizzle-orm";
import { describe, expect, it, vi } from "vitest";
import type { Customer } from "../actor.ts";
import type { Context } from "../context.ts";
import type { Bus } from "../realtime/bus.ts";
import { BotError } from "../telegram/bot.ts";
import { startTelegramInbox, storeUpdates, updatesTopic } from "../telegram/inbox.ts";
import type { Telegram } from "../telegram/telegram.ts";
import { keyWith, makeTelegramCustomer, SYSTEM } from "../testing/factories.ts";
import { SAMPLE_PHOTOS } from "../testing/sample-photos.ts";
import { countOpenUpdates, createTestDesk, waitFor } from "../testing/telegram-desk.ts";
import { fromCustomer, photoOf } from "../testing/telegram-json.ts";
import { TestBus } from "../testing/test-bus.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { supportReceiver } from "./telegram-desk.ts";

describeOnDatabases("A customer on Telegram", { telegram: true }, (world) => {
  const start = () => {
    const customer = makeTelegramCustomer({ name: "Anna", username: "anna", languageCode: "de" });
    const desk = createTestDesk(world.deps, { customers: [customer] });
    return {
      ...desk,
      customer,
      write: (content: object) => desk.receive({ message: fromCustomer(customer, { ...content }) }),
    };
  };
  const startInbox = (telegram: Telegram, ctx: Context = world.contextOf(SYSTEM)) =>
    startTelegramInbox({ ctx, telegram, receivers: [supportReceiver], sweepMs: 250 });
  const workedOff = () => waitFor(async () => (await countOpenUpdates(world.deps)) === 0);
  /** The customer's thread as agents see it. */
  async function threadOf(customer: Customer) {
    const api = world.as(keyWith("support:read")).support;
    const { conversations } = await api.inbox({ search: customer.externalId });
    const [row] = conversations;
    return row ? (await api.conversation({ conversationId: row.id })).messages : [];
  }
  const textsOf = async (customer: Customer) => (await threadOf(customer)).map((message) => message.text);
  const notes = async () =>
    (await world.query<{ note: string | null }>(sql`select note from telegram_updates order by update_id`)).map(
      (row) => row.note,
    );

  it("reaches the thread under the customer's name, with their known details", async () => {
    const { customer, write } = start();
    await write({ text: "Hello 👋" });
    expect(await threadOf(customer)).toMatchObject([
      { kind: "customer", text: "Hello 👋", source: "telegram", author: { id: customer.externalId, name: "Anna" } },
    ]);
    const [row] = await world.query(sql`select customer_username as un, language_code as lang from conversations`);
    expect(row).toEqual({ un: "anna", lang: "de" });
    expect(await notes()).toEqual([null]);
  });

  it("is heard once, however often Telegram sends an update", async () => {
    const { customer, telegram } = start();
    const inbox = startInbox(telegram);
    const update = { update_id: 77, message: fromCustomer(customer, { text: "once" }) };
    await storeUpdates(world.deps, [update, update]);
    await storeUpdates(world.deps, [update]);
    await workedOff();
    await storeUpdates(world.deps, [update]);
    await inbox.stop();
    expect(await textsOf(customer)).toEqual(["once"]);
  });

  it("is heard when another node has stored the update, whether it can tell or not", async () => {
    const { customer, telegram } = start();
    const inbox = startInbox(telegram);
    const store = (at: number, bus: Bus) =>
      storeUpdates({ ...world.deps, bus }, [{ update_id: at, message: fromCustomer(customer, { text: `${at}` }) }]);
    await store(81, world.deps.bus);
    await workedOff();
    await store(82, new TestBus());
    await workedOff();
    await inbox.stop();
    expect(await textsOf(customer)).toEqual(["81", "82"]);
  });

  it("is heard once when the update was worked off but not marked so before a crash", async () => {
    const { customer, receive, write } = start();
    await write({ text: "once" });
    await world.deps.db.execute(sql`update telegram_updates set processed_at = null`);
    await receive();
    expect(await textsOf(customer)).toEqual(["once"]);
  });

  it("is heard in the order the customer wrote, even when updates arrive out of order", async () => {
    const { customer, telegram } = start();
    const inbox = startInbox(telegram);
    const updates = [1, 2, 3, 4].map((at) => ({
      update_id: at,
      message: fromCustomer(customer, { text: String(at) }),
    }));
    await storeUpdates(world.deps, updates.reverse());
    await workedOff();
    await inbox.stop();
    expect(await textsOf(customer)).toEqual(["1", "2", "3", "4"]);
  });

  it("is greeted at /start without opening a topic", async () => {
    const { customer, write, deliver, bot, shown } = start();
    await write({ text: "/start ref_5", entities: [{ type: "bot_command", offset: 0, length: 6 }] });
    await write({ text: "/start" });
    await deliver();
    expect(shown(Number(customer.externalId)).map((message) => message.text)).toEqual(["Здравствуйте, Anna!"]);
    expect(bot.topics).toEqual([]);
    expect(await threadOf(customer)).toEqual([]);
  });

  it("quotes the answer the customer replies to", async () => {
    const { customer, write, deliver, shown } = start();
    await write({ text: "Hello" });
    const [first] = await threadOf(customer);
    const api = world.as(keyWith("support:write")).support;
    const { message } = await api.reply({ conversationId: first?.conversationId ?? 0, text: "Yes?", clientId: "r1" });
    await deliver();
    const [answer] = shown(Number(customer.externalId));
    await write({ text: "This", reply_to_message: { message_id: answer?.messageId } });
    expect((await threadOf(customer)).at(-1)?.replyTo).toMatchObject({ id: message.id, text: "Yes?" });
  });

  describe("with a photo", () => {
    it("shows it, with its caption", async () => {
      const { customer, bot, write } = start();
      bot.files.set("one", SAMPLE_PHOTOS.png);
      await write({ ...photoOf("one"), caption: "See" });
      expect(await threadOf(customer)).toMatchObject([
        { text: "See", photos: [{ contentType: "image/png", width: 8 }] },
      ]);
    });

    it("takes a command below it for its caption, as below another attachment", async () => {
      const { customer, bot, write } = start();
      bot.files.set("one", SAMPLE_PHOTOS.png);
      await write({ ...photoOf("one"), caption: "/stop" });
      await write({ document: { file_id: "two", file_name: "bill.pdf" }, caption: "/stop" });
      await write({ text: "/stop" });
      expect(await threadOf(customer)).toMatchObject([
        { text: "/stop", photos: [{}] },
        { text: "/stop", photos: [], attachments: [{ kind: "document", name: "bill.pdf" }] },
      ]);
    });

    it("shows an album as one message, when its last part has settled, in order", async () => {
      const { customer, bot, receiveUntil, receive } = start();
      const other = makeTelegramCustomer();
      bot.files.set("one", SAMPLE_PHOTOS.png).set("two", SAMPLE_PHOTOS.gif).set("three", SAMPLE_PHOTOS.jpeg);
      const part = (fileId: string, content = {}) => ({
        message: fromCustomer(customer, { ...photoOf(fileId), media_group_id: "album", ...content }),
      });
      const open = (count: number) => async () => (await countOpenUpdates(world.deps)) === count;
      await receiveUntil(open(2), part("one", { caption: "Three views" }), part("two"), {
        message: fromCustomer(other, { text: "meanwhile" }),
      });
      world.deps.clock.advance(2_999);
      await receiveUntil(open(3), part("three"), { message: fromCustomer(other, { text: "later" }) });
      expect(await threadOf(customer)).toEqual([]);
      world.deps.clock.advance(3_000);
      await receive();
      const thread = await threadOf(customer);
      expect(thread).toMatchObject([{ text: "Three views", photos: [{}, {}, {}] }]);
      expect(thread[0]?.photos.map((photo) => photo.contentType)).toEqual(["image/png", "image/gif", "image/jpeg"]);
    });

    it("that is none is kept as a file; one that is gone is shown as missing", async () => {
      const { customer, bot, write } = start();
      bot.files.set("one", new TextEncoder().encode("not a photo"));
      await write({ ...photoOf("one"), caption: "See" });
      await write(photoOf("unknown file"));
      const [kept, gone] = await threadOf(customer);
      const url = expect.stringMatching(/^\/uploads\//);
      expect(kept).toMatchObject({ text: "See", photos: [], attachments: [{ kind: "document", url }] });
      expect(gone).toMatchObject({ text: "", attachments: [{ kind: "photo", url: null }] });
      expect(gone?.attachments?.[0]).toHaveProperty("missing", expect.stringContaining("wrong file_id"));
    });

    it("holds up no other chat while it is loaded", async () => {
      const { customer, bot, receiveUntil } = start();
      const other = makeTelegramCustomer();
      const loading = Promise.withResolvers<never>();
      const download = vi.spyOn(bot, "download").mockReturnValue(loading.promise);
      const receiving = receiveUntil(
        async () => (await countOpenUpdates(world.deps)) === 0,
        { message: fromCustomer(customer, photoOf("one")) },
        { message: fromCustomer(customer, { text: "after it" }) },
      );
      await waitFor(() => download.mock.calls.length > 0);
      await storeUpdates(world.deps, [bot.receive({ message: fromCustomer(other, { text: "Hi" }) })]);
      await waitFor(async () => (await textsOf(other)).length > 0);
      expect(await textsOf(customer)).toEqual([]);
      loading.reject(new BotError("rejected", "Bad Request: wrong file_id"));
      await receiving;
      expect((await textsOf(customer)).at(-1)).toBe("after it");
    });

    it("that Telegram does not hand out now is shown as missing, and fetched when it does", async () => {
      const { customer, bot, write, deliver } = start();
      bot.files.set("one", SAMPLE_PHOTOS.png);
      bot.failNext("download", new BotError("down", "timeout"));
      await write(photoOf("one"));
      await write({ text: "after it" });
      expect(await threadOf(customer)).toMatchObject([{ attachments: [{ missing: "timeout" }] }, { text: "after it" }]);
      await deliver();
      const [message] = await threadOf(customer);
      expect(message).toMatchObject({ photos: [{ contentType: "image/png" }] });
      expect(message?.attachments).toBeUndefined();
    });
  });

  it("shows what is no photo as what it is, with its caption", async () => {
    const { customer, write } = start();
    await write({
      document: { file_id: "d", file_name: "invoice.pdf", mime_type: "application/pdf" },
      caption: "Paid",
    });
    await write({ voice: { file_id: "v", duration: 3 } });
    expect(await threadOf(customer)).toMatchObject([
      { text: "Paid", attachments: [{ kind: "document", name: "invoice.pdf" }] },
      { text: "", attachments: [{ kind: "voice", durationSeconds: 3 }] },
    ]);
  });

  describe("who edits", () => {
    it("changes their message on every side", async () => {
      const { customer, receive, deliver, shown, write } = start();
      const message = fromCustomer(customer, { text: "Helo" });
      await receive({ message });
      await deliver();
      await receive({ edited_message: { ...message, text: "Hello", edit_date: 1 } });
      await deliver();
      expect(await threadOf(customer)).toMatchObject([{ text: "Hello", editedAt: world.deps.now().toISOString() }]);
      expect(shown(-1001).map((one) => one.text)).toContain("Hello");
      expect(shown(-1001).map((one) => one.text)).not.toContain("Helo");
      await write({ text: "next" });
      expect(await textsOf(customer)).toEqual(["Hello", "next"]);
    });

    it("a caption keeps what was attached", async () => {
      const { customer, receive } = start();
      const content = { document: { file_id: "d", file_name: "invoice.pdf" } };
      const message = fromCustomer(customer, { ...content, caption: "old" });
      await receive({ message }, { edited_message: { ...message, caption: "new" } });
      expect(await threadOf(customer)).toMatchObject([{ text: "new", attachments: [{ name: "invoice.pdf" }] }]);
    });

    it("changes nothing when the message is unknown or the edit is empty", async () => {
      const { customer, receive } = start();
      const message = fromCustomer(customer, { text: "same" });
      await receive(
        { message },
        { edited_message: message },
        { edited_message: fromCustomer(customer, { text: "x" }) },
      );
      expect(await textsOf(customer)).toEqual(["same"]);
      expect(await notes()).toEqual([null, "nothing changed", "an edit of a message we do not have"]);
    });
  });

  it.each([
    ["another bot", { from: { id: 5, is_bot: true, first_name: "Spam" }, text: "buy" }],
    ["something without content", {}],
  ])("is not %s", async (_, content) => {
    const { write } = start();
    await write(content);
    expect(await world.countRows("messages")).toBe(0);
  });

  it("is heard when the text holds characters that no database stores", async () => {
    const { customer, write } = start();
    await write({ text: "a\u0000b\ud800" });
    expect(await textsOf(customer)).toEqual(["ab\ufffd"]);
  });

  it("waits for no update that breaks us: it is put aside after 5 tries, with the reason", async () => {
    const { customer, bot, telegram } = start();
    const ctx = world.contextOf(SYSTEM);
    const broken = { ...ctx, media: { ...ctx.media, saveImage: () => Promise.reject(new TypeError("our mistake")) } };
    bot.files.set("one", SAMPLE_PHOTOS.png);
    const inbox = startInbox(telegram, broken);
    await storeUpdates(ctx, [
      bot.receive({ message: fromCustomer(customer, photoOf("one")) }),
      bot.receive({ message: fromCustomer(customer, { text: "behind it" }) }),
    ]);
    await waitFor(async () => {
      world.deps.bus.publishLatest(updatesTopic.name("due"), null);
      return (await countOpenUpdates(world.deps)) === 0;
    });
    await inbox.stop();
    expect(world.deps.log.takeErrors("A Telegram update failed")).toHaveLength(5);
    expect(await textsOf(customer)).toEqual(["behind it"]);
    expect(await notes()).toEqual(["put aside: our mistake", null]);
  });

  it("of whom Telegram tells something else is no message, and the reason is kept", async () => {
    const { receive } = start();
    await receive({ my_chat_member: { chat: { id: 1 } } }, { message: null });
    expect(await notes()).toEqual(["unhandled: my_chat_member", "unhandled: message"]);
  });
});
