import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { InstagramError } from "../../instagram/instagram.ts";
import { type Agent, contextOf, keyWith, SYSTEM } from "../../testing/factories.ts";
import { createTestInstagram } from "../../testing/instagram-desk.ts";
import { waitFor } from "../../testing/telegram-desk.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { upkeepWorker } from "./upkeep.ts";

const HOUR = 60 * 60_000;
const DAY = 24 * HOUR;
const STAFF = keyWith("notifications:write", "support:write", "auth:write");

describeOnDatabases("The upkeep of Instagram", (world) => {
  const start = () => createTestInstagram(world.deps);
  const api = () => world.as(STAFF).notifications.instagram;

  const noticesOf = async (agent: Agent) =>
    (await world.as(agent).notifications.inbox.list({ state: "unread" })).notices.map(
      ({ kind, severity, title, count }) => [kind, severity, title, count],
    );

  /** The worker looks once. */
  async function look(): Promise<void> {
    const ending = new AbortController();
    let looks = 0;
    const ctx = contextOf(world.deps, SYSTEM);
    const counting = Object.assign({}, ctx, {
      get now() {
        looks += 1;
        return ctx.now;
      },
    });
    const working = upkeepWorker.run(counting, ending.signal, 0);
    await waitFor(() => looks > 0);
    ending.abort();
    await working;
  }

  describe("the token", () => {
    it("is refreshed when its end is unknown or near, kept sealed, and used from then on", async () => {
      const { fake } = start();
      await look();
      expect(fake.calls.filter((call) => call === "refreshToken")).toHaveLength(1);
      expect((await api().health()).token).toEqual({
        state: "valid",
        reason: null,
        endsSoon: false,
        refreshedAt: "2026-03-10T12:00:00.000Z",
        expiresAt: "2026-05-09T12:00:00.000Z",
      });
      expect(await world.findWords(["refreshed-1", "first-token"])).toEqual([]);
      fake.tokens.delete("first-token");
      world.deps.clock.advance(31 * DAY);
      await look();
      expect((await api().health()).token).toMatchObject({ state: "valid", expiresAt: "2026-06-09T12:00:00.000Z" });
      expect(fake.tokens).toContain("refreshed-2");
    });

    it("stays what it is when Meta does not refresh it", async () => {
      const { fake } = start();
      fake.failNext("refreshToken", new InstagramError("gone", "The access token is less than 24 hours old"));
      await look();
      expect((await api().health()).token).toMatchObject({ state: "valid", expiresAt: null });
      world.deps.clock.advance(HOUR);
      await look();
      expect((await api().health()).token.expiresAt).not.toBeNull();
    });

    it("that Meta refuses is announced once, with the reason, and again when it works", async () => {
      const { fake } = start();
      fake.tokens.clear();
      await look();
      world.deps.clock.advance(HOUR);
      await look();
      expect((await api().health()).token).toMatchObject({
        state: "invalid",
        reason: expect.stringContaining("expired"),
      });
      fake.tokens.add("first-token");
      await api().selfTest({});
      expect((await api().health()).token).toMatchObject({ state: "valid", reason: null });
      const told = world.deps.bus.published.filter(({ topic }) => topic === "instagram.health:all");
      expect(told.map(({ entry }) => (entry.payload as { type: string }).type)).toEqual(["tokenInvalid", "tokenValid"]);
    });

    it("that Meta refuses is a critical notice, once for each time, until Meta accepts it", async () => {
      const { fake } = start();
      const olga = await world.makeAgent({ role: "Admin" });
      await world.makeAgent({ role: "Admin" });
      for (const times of [1, 2]) {
        fake.tokens.clear();
        for (let looks = 0; looks < 2; looks++) {
          await look();
          world.deps.clock.advance(HOUR);
        }
        expect(await noticesOf(olga)).toEqual([
          ["notifications.instagramToken", "critical", "Instagram refuses the access token", 1],
        ]);
        fake.tokens.add("first-token").add("refreshed-1");
        await look();
        expect(await noticesOf(olga)).toEqual([]);
        expect(await world.countRows("notices")).toBe(2 * times);
      }
    });

    it("that ends within 7 days is a critical notice, once, until it is refreshed", async () => {
      const { fake } = start();
      const olga = await world.makeAgent({ role: "Admin" });
      await look();
      const refused = () => fake.failNext("refreshToken", new InstagramError("refused", "Missing permission"));
      for (const days of [52, 1, 0.1, 0.1]) {
        world.deps.clock.advance(days * DAY);
        refused();
        await look();
        expect(await noticesOf(olga)).toHaveLength(days === 52 ? 0 : 1);
        expect((await api().health()).token.endsSoon).toBe(days !== 52);
      }
      const [, , title, count] = (await noticesOf(olga))[0] ?? [];
      expect([title, count]).toEqual(["The Instagram access token is about to end", 1]);
      world.deps.clock.advance(HOUR);
      await look();
      expect(await noticesOf(olga)).toEqual([]);
      expect((await api().health()).token.endsSoon).toBe(false);
    });

    it("is not there without one, and nothing is asked for", async () => {
      start();
      world.deps.instagram = null;
      await look();
      expect((await api().health()).token.state).toBe("absent");
      await expect(api().selfTest({})).rejects.toMatchObject({ cause: { key: "notifications.instagramOff" } });
    });
  });

  it("tells of each field whether Meta sends it, and subscribes to all", async () => {
    const { fake } = start();
    fake.subscribed = ["messages", "story_insights"];
    const fieldsOf = ({ fields }: Awaited<ReturnType<ReturnType<typeof api>["health"]>>) =>
      fields.filter(({ subscribed }) => subscribed).map(({ field }) => field);
    expect((await api().health()).fields.every(({ subscribed }) => subscribed === null)).toBe(true);
    expect(fieldsOf(await api().selfTest({}))).toEqual(["messages"]);
    expect(fieldsOf(await api().selfTest({ subscribe: true }))).toContain("comments");
    fake.failNext("subscribe", new InstagramError("refused", "Missing permission"));
    await expect(api().selfTest({ subscribe: true })).rejects.toMatchObject({
      cause: { key: "notifications.instagramRefused" },
    });
  });

  describe("accounts", () => {
    it("count their events by type, in a day and in all", async () => {
      const { accountId, receive, message } = start();
      await receive(message("m1", { text: "1" }), message("m2", { text: "2" }), message("m2", { text: "2" }));
      world.deps.clock.advance(DAY + HOUR);
      await receive(message("m3", { text: "3" }));
      await look();
      expect(await api().accounts()).toMatchObject({
        accounts: [
          {
            id: accountId,
            username: "fake_shop",
            isConnected: true,
            counters: { messages: { day: 1, total: 3 } },
            lastEventAt: "2026-03-11T13:00:00.000Z",
          },
        ],
      });
    });

    it("that are off keep their events and announce none", async () => {
      const { accountId, receive, message } = start();
      await receive(message("m1", { text: "1" }));
      await api().setAccount({ accountId, enabled: false });
      const published = world.deps.bus.published.length;
      await receive(message("m2", { text: "2" }));
      expect(world.deps.bus.published).toHaveLength(published);
      const { events } = world.as(STAFF).notifications;
      expect((await events.list({})).events).toEqual([]);
      expect((await events.list({ accountId })).events).toHaveLength(2);
      expect((await world.as(STAFF).support.inbox({})).conversations[0]?.lastMessage?.text).toBe("1");
      await expect(api().setAccount({ accountId: "other", enabled: false })).rejects.toMatchObject({
        cause: { key: "notifications.accountNotFound" },
      });
    });

    it("that are silent for longer than their alarm allows are announced once, until they are heard", async () => {
      const { accountId, receive, message } = start();
      await receive(message("m1", { text: "1" }));
      await api().setAccount({ accountId, silenceAlarmHours: 2 });
      for (let hours = 0; hours < 3; hours++) {
        world.deps.clock.advance(HOUR + 1);
        await look();
      }
      const { silent } = await api().health();
      expect(silent).toEqual([{ accountId, since: expect.any(String) }]);
      await receive(message("m2", { text: "2" }));
      expect((await api().health()).silent).toEqual([]);
      const told = world.deps.bus.published.filter(({ topic }) => topic === "instagram.health:all");
      expect(told.map(({ entry }) => entry.payload)).toMatchObject([
        { type: "silent", accountId, hours: 2, since: "2026-03-10T12:00:00.000Z" },
        { type: "heard", accountId },
      ]);
    });

    it("that have sent events and send none for a day are a notice, until they are heard or need no alarm", async () => {
      const { accountId, receive, message } = start();
      const olga = await world.makeAgent({ role: "Admin" });
      await look();
      world.deps.clock.advance(2 * DAY);
      await look();
      expect(await noticesOf(olga)).toEqual([]);
      for (const mid of ["m1", "m2"]) {
        await receive(message(mid, { text: mid }));
        expect(await noticesOf(olga)).toEqual([]);
        world.deps.clock.advance(DAY + 1);
        await look();
        await look();
        expect(await noticesOf(olga)).toEqual([["notifications.instagramSilent", "normal", "Instagram is silent", 1]]);
      }
      await api().setAccount({ accountId, silenceAlarmHours: null });
      expect(await noticesOf(olga)).toEqual([]);
      world.deps.clock.advance(2 * DAY);
      await look();
      expect([(await api().health()).silent, await noticesOf(olga)]).toEqual([[], []]);
    });
  });

  describe("reconciliation", () => {
    function fill({ fake, accountId }: ReturnType<typeof start>, ...mids: string[]) {
      const account = { id: accountId, username: "fake_shop" };
      const anna = { id: "501", username: "anna" };
      const createdAt = "2026-03-10T11:00:00+0000";
      const messages = mids.toReversed().map((id) => ({ id, createdAt, from: anna, to: account, text: `text ${id}` }));
      const old = { id: "old", createdAt: "2026-03-01T11:00:00+0000", from: anna, to: account, text: "old" };
      fake.conversations = [[{ updatedAt: createdAt, messages: [...messages, old] }]];
      fake.media = [[], [{ comments: [{ id: "c1", mediaId: "p1", createdAt, from: anna, text: "Nice" }] }]];
    }
    const texts = async () => {
      const { events } = await world.as(STAFF).notifications.events.list({});
      return events.map(({ event }) => event.content).toSorted();
    };

    it("stores what no webhook told of, at the start and hourly, with the same identity", async () => {
      const instagram = start();
      fill(instagram, "m1", "m2");
      const { receive, message, readAll, giveAll } = instagram;
      await receive(message("m1", { text: "text m1" }));
      await look();
      await readAll();
      await giveAll();
      expect(await texts()).toEqual(["Nice", "text m1", "text m2"]);
      expect((await api().health()).reconciliation).toEqual({
        at: "2026-03-10T12:00:00.000Z",
        found: 2,
        failure: null,
      });
      await receive(message("m2", { text: "text m2" }));
      world.deps.clock.advance(HOUR);
      fill(instagram, "m1", "m2", "m3");
      await look();
      await readAll();
      await giveAll();
      expect(await texts()).toEqual(["Nice", "text m1", "text m2", "text m3"]);
      const [row] = (await world.as(STAFF).support.inbox({})).conversations;
      const { messages } = await world.as(STAFF).support.conversation({ conversationId: row?.id ?? 0 });
      expect(messages.map(({ text }) => text)).toEqual(["text m1", "text m2", "text m3"]);
    });

    it("stores messages of one second in the order in which Instagram has them", async () => {
      const instagram = start();
      fill(instagram, "m1", "m2", "m3");
      await look();
      await instagram.readAll();
      const { events } = await world.as(STAFF).notifications.events.list({ types: ["messages"] });
      expect(events.map(({ event }) => event.id)).toEqual(["m3", "m2", "m1"]);
    });

    it("reads on in a conversation until the gap is closed, or Meta gives no older messages", async () => {
      const instagram = start();
      const { fake } = instagram;
      fill(instagram, ...Array.from({ length: 120 }, (_, at) => `m${at}`));
      const stored = async () =>
        (await world.query(sql`select 1 from instagram_events where kind = 'messages'`)).length;
      fake.failNext("listMessages", new InstagramError("gone", "The message has been deleted"));
      await look();
      await instagram.readAll();
      expect(await stored()).toBe(25);
      world.deps.clock.advance(HOUR);
      await look();
      await instagram.readAll();
      expect(await stored()).toBe(120);
      expect(fake.calls.filter((call) => call === "listMessages")).toHaveLength(1 + 4);
    });

    it("looks back to when it last succeeded, although events have come since", async () => {
      const instagram = start();
      await look();
      world.deps.clock.advance(3 * DAY);
      await instagram.receive(instagram.message("after the gap", { text: "after the gap" }));
      const createdAt = "2026-03-11T18:00:00+0000";
      const from = { id: "501", username: "anna" };
      instagram.fake.conversations = [
        [{ updatedAt: createdAt, messages: [{ id: "m1", createdAt, from, to: null, text: "in the gap" }] }],
      ];
      instagram.fake.failNext("listConversations", new InstagramError("down", "Instagram could not be reached"));
      for (let looks = 0; looks < 2; looks++) {
        await look();
        world.deps.clock.advance(HOUR);
      }
      await instagram.readAll();
      expect(await texts()).toEqual(["after the gap", "in the gap"]);
    });

    it("does not bring back what was erased", async () => {
      const instagram = start();
      fill(instagram, "m1");
      await instagram.receive(instagram.message("m1", { text: "text m1" }));
      const [person] = await world.query<{ id: string }>(
        sql`select person_id as id from identities where external_id = '501'`,
      );
      await world.as(STAFF).auth.people.erase({ personId: person?.id ?? "" });
      await look();
      await instagram.readAll();
      expect(await texts()).toEqual([]);
    });

    it("says why it failed, and changes nothing then", async () => {
      const { fake } = start();
      fake.failNext("listMedia", new InstagramError("down", "Instagram could not be reached"));
      await look();
      expect((await api().health()).reconciliation).toMatchObject({ failure: "Instagram could not be reached" });
      expect(await world.countRows("instagram_webhooks")).toBe(0);
    });
  });
});
