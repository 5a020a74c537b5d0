import type { Transaction } from "@pult/db/database.ts";
import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { InstagramError } from "../instagram/instagram.ts";
import { createTestInstagram, instagramThread } from "../testing/instagram-desk.ts";
import { createTestDesk, waitFor } from "../testing/telegram-desk.ts";
import { describeOnBothDatabases, describeOnPostgres } from "../testing/test-deps.ts";
import { deliveryChanged } from "./outbox-handlers.ts";
import { messageSubject } from "./subjects.ts";

const HOUR = 60 * 60_000;

describeOnBothDatabases("Support on Instagram", (world) => {
  const start = () => createTestInstagram(world.deps);
  const { api, opened, lines, reply, deliveryOf, upload } = instagramThread(world);

  describe("answers", () => {
    it("reach the customer in order, split at 1,000 bytes, with photos as links", async () => {
      const { fake, receive, message, deliver } = start();
      await receive(message("m1", { text: "Hi" }));
      const photo = await upload();
      const long = "слово ".repeat(300).trim();
      const first = await reply(long, [photo]);
      const second = await reply("And more");
      await deliver();
      const [image, ...texts] = fake.sent.map(({ content }) => content);
      const words = texts.map((content) => ("text" in content ? content.text : ""));
      expect(image).toMatchObject({
        imageUrl: expect.stringMatching(/^https:\/\/pult\.example\.com\/uploads\/\S+&s=/),
      });
      expect(words.join(" ")).toBe(`${long} And more`);
      expect(words.every((text) => Buffer.byteLength(text) <= 1_000)).toBe(true);
      for (const answer of [first, second]) expect(await deliveryOf(answer)).toMatchObject({ state: "delivered" });
    });

    it("with a photo fail in words when Instagram cannot load it from here", async () => {
      const { receive, message, deliver } = start();
      world.deps.config.origin = "http://127.0.0.1:3000";
      await receive(message("m1", { text: "Hi" }));
      const answer = await reply("", [await upload()]);
      await deliver();
      expect(await deliveryOf(answer)).toMatchObject({
        state: "failed",
        reason: expect.stringContaining("PUBLIC_URL"),
      });
    });

    it("wait out a limit, and are sent once", async () => {
      const { fake, receive, message, deliver } = start();
      await receive(message("m1", { text: "Hi" }));
      fake.failNext(
        "sendMessage",
        new InstagramError("limited", "Application request limit reached", { retryAfterMs: 30_000 }),
      );
      const answer = await reply("Hello");
      await deliver();
      expect(await deliveryOf(answer)).toMatchObject({ state: "pending", retryAt: "2026-03-10T12:00:30.000Z" });
      world.deps.clock.advance(30_000);
      await deliver();
      expect(await deliveryOf(answer)).toMatchObject({ state: "delivered" });
      expect(fake.sent).toHaveLength(1);
    });

    it("are not sent again by themselves when the answer was lost, and once more when an agent asks", async () => {
      const { fake, receive, message, deliver } = start();
      await receive(message("m1", { text: "Hi" }));
      fake.failNext("sendMessage", new InstagramError("down", "No answer", { mayHaveArrived: true }), { after: true });
      const answer = await reply("Hello");
      await deliver();
      world.deps.clock.advance(HOUR);
      await deliver();
      expect(fake.sent).toHaveLength(1);
      await api().retryDelivery({ messageId: answer.id });
      await deliver();
      expect(fake.sent).toHaveLength(2);
      expect(await deliveryOf(answer)).toMatchObject({ state: "delivered" });
    });

    it("are not sent again when the process dies during the call", async () => {
      const { fake, receive, message, deliver } = start();
      await receive(message("m1", { text: "Hi" }));
      const answer = await reply("Hello");
      await world.query(sql`
        insert into instagram_sends (outbox_id, message_id, started_at) select id, ${answer.id}, now() from outbox where kind = 'support.instagram'`);
      await deliver();
      expect(fake.sent).toEqual([]);
      expect(await deliveryOf(answer)).toMatchObject({ state: "failed", reason: expect.stringContaining("stopped") });
    });

    it("are refused in words once the window is over, and taken again after the customer writes", async () => {
      const { receive, message } = start();
      await receive(message("m1", { text: "Hi" }));
      world.deps.clock.advance(24 * HOUR);
      await expect(reply("Hello")).rejects.toMatchObject({ cause: { key: "support.replyWindowOver" } });
      expect(await lines()).toEqual([["customer", "Hi"]]);
      await receive(message("m2", { text: "Hello?" }));
      expect((await reply("Hello")).text).toBe("Hello");
    });

    it("are taken for 7 days with the human agent's tag when the app has it", async () => {
      const { fake, receive, message, deliver } = start();
      if (world.deps.instagram) world.deps.instagram.humanAgent = true;
      await receive(message("m1", { text: "Hi" }));
      await reply("soon");
      await deliver();
      world.deps.clock.advance(6 * 24 * HOUR);
      await reply("late");
      await deliver();
      expect(fake.sent.map(({ tag }) => tag)).toEqual([undefined, "HUMAN_AGENT"]);
      world.deps.clock.advance(24 * HOUR);
      await expect(reply("too late")).rejects.toMatchObject({ cause: { key: "support.replyWindowOver" } });
    });

    it("are blocked with the reason once Meta refuses the token, and go on with a new one", async () => {
      const { fake, receive, message, deliver } = start();
      await receive(message("m1", { text: "Hi" }));
      fake.tokens.delete("first-token");
      const answer = await reply("Hello");
      await deliver();
      expect(await deliveryOf(answer)).toMatchObject({ state: "failed", reason: expect.stringContaining("expired") });
      expect((await opened()).conversation.blocked).toContain("expired");
      await expect(reply("Hello?")).rejects.toMatchObject({ cause: { key: "support.instagramTokenInvalid" } });
      expect(world.deps.bus.published.filter(({ topic }) => topic === "instagram.health:all")).toMatchObject([
        { entry: { payload: { type: "tokenInvalid" } } },
      ]);
      fake.tokens.add("second-token");
      if (world.deps.instagram) world.deps.instagram.startToken = "second-token";
      expect((await opened()).conversation.blocked).toBeUndefined();
      await reply("Hello!");
      await deliver();
      expect(fake.sent).toHaveLength(1);
    });

    it("are refused while no token is configured", async () => {
      const { receive, message } = start();
      world.deps.instagram = null;
      await receive(message("m1", { text: "Hi" }));
      await expect(reply("Hello")).rejects.toMatchObject({ cause: { key: "support.instagramOff" } });
    });

    it("from the support group reach the customer, or say why not", async () => {
      const { fake, receive, message, deliver } = start();
      const desk = createTestDesk(world.deps);
      await receive(message("m1", { text: "Hi" }));
      await deliver();
      const shown = desk.bot.messages.find(({ text }) => text === "Hi");
      const answer = (text: string, id: number) => ({
        message: {
          message_id: id,
          date: 1,
          chat: { id: shown?.chatId, type: "supergroup" },
          from: { id: 9, first_name: "Olga" },
          message_thread_id: shown?.threadId,
          text,
        },
      });
      await desk.receive(answer("From the group", 9_001));
      await deliver();
      expect(fake.sent).toMatchObject([{ content: { text: "From the group" } }]);
      world.deps.clock.advance(25 * HOUR);
      await desk.receive(answer("Too late", 9_002));
      await deliver();
      const late = (await opened()).messages.find(({ text }) => text === "Too late");
      expect(late && (await deliveryOf(late))).toMatchObject({
        state: "failed",
        reason: expect.stringContaining("until"),
      });
    });
  });
});

describeOnPostgres("Answers on Instagram", (world) => {
  const { reply } = instagramThread(world);

  it("announce the newest state last when two ways settle at once", async () => {
    const { receive, message } = createTestInstagram(world.deps);
    createTestDesk(world.deps);
    await receive(message("m1", { text: "Hi" }));
    const { id } = await reply("Hello");
    const settleRoute = async (tx: Transaction, route: string) => {
      await tx.execute(
        sql`update outbox set state = 'done' where subject = ${messageSubject(id)} and route = ${route}`,
      );
      return deliveryChanged(tx, id, null);
    };
    const [isRead, mayCommit] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
    const first = world.deps.db.transaction(async (tx) => {
      await settleRoute(tx, "group");
      isRead.resolve();
      await mayCommit.promise;
    });
    await isRead.promise;
    const second = world.deps.db.transaction((tx) => settleRoute(tx, "instagram"));
    let isOver = false;
    void second.then(() => {
      isOver = true;
    });
    const waits = () => world.query(sql`select 1 from pg_locks where locktype = 'advisory' and not granted`);
    await waitFor(async () => isOver || (await waits()).length > 0);
    mayCommit.resolve();
    await first;
    expect(await second).toMatchObject([
      {
        payload: {
          deliveries: [
            { leg: "group", state: "delivered" },
            { leg: "instagram", state: "delivered" },
          ],
        },
      },
    ]);
  });
});
