import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { InstagramError } from "../../instagram/instagram.ts";
import { keyWith } from "../../testing/factories.ts";
import { createTestInstagram } from "../../testing/instagram-desk.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { eventsEvent } from "../schema.ts";

const DAY = 24 * 60 * 60_000;
const STAFF = keyWith("notifications:write", "support:write");

describeOnDatabases("Answers to comments", (world) => {
  const api = () => world.as(STAFF).notifications;

  async function start({ field = "comments", from = "601" } = {}) {
    const instagram = createTestInstagram(world.deps);
    instagram.fake.comments.add("c1");
    const value = { id: "c1", text: "Price?", from: { id: from, username: "anna" }, media: { id: "p1" } };
    const entry = [{ id: instagram.accountId, time: world.deps.now().getTime(), changes: [{ field, value }] }];
    await instagram.receiveBodies({ object: "instagram", entry });
    const [stored] = (await api().events.list({})).events;
    const eventId = stored?.eventId ?? 0;
    const reply = (mode: "public" | "private", text: string, clientId?: string) =>
      api().instagram.replyToComment({ eventId, mode, text, ...(clientId === undefined ? {} : { clientId }) });
    const states = async () =>
      (await api().events.list({})).events[0]?.replies?.map(({ mode, state, reason }) => [mode, state, reason]);
    return { ...instagram, eventId, reply, states };
  }

  it("go below the comment or to its author, and each state stands at the event", async () => {
    const { fake, reply, states, deliver } = await start();
    await reply("public", "12 euro");
    const { replies } = await reply("private", "Shall I reserve one?");
    expect(replies).toMatchObject([
      { mode: "public", text: "12 euro", state: "pending", createdBy: "Shop server" },
      { mode: "private", state: "pending" },
    ]);
    await deliver();
    expect(fake.replies).toMatchObject([{ commentId: "c1", text: "12 euro" }]);
    expect(fake.sent).toMatchObject([{ to: { commentId: "c1" }, content: { text: "Shall I reserve one?" } }]);
    expect(await states()).toEqual([
      ["public", "sent", null],
      ["private", "sent", null],
    ]);
    const told = world.deps.bus.published
      .map(({ entry }) => entry.payload)
      .filter((one) => eventsEvent.safeParse(one).success);
    expect(told.at(-1)).toMatchObject({ type: "replied", replies: [{ state: "sent" }, { state: "sent" }] });
  });

  it("repeated with one client id are sent once, and refused with another text", async () => {
    const { fake, reply, deliver } = await start();
    for (let times = 0; times < 3; times++) await reply("public", "12 euro", "one");
    await expect(reply("public", "13 euro", "one")).rejects.toMatchObject({
      cause: { key: "notifications.replyIdReused" },
    });
    await deliver();
    expect(fake.replies).toHaveLength(1);
  });

  it("in private are taken once, within 7 days, and once more after a failure", async () => {
    const { fake, reply, states, deliver } = await start();
    fake.failNext("sendMessage", new InstagramError("refused", "Activity already replied to"));
    await reply("private", "1");
    await expect(reply("private", "2")).rejects.toMatchObject({ cause: { key: "notifications.privateReplyUsed" } });
    await deliver();
    expect(await states()).toEqual([["private", "failed", "Activity already replied to"]]);
    await reply("private", "3");
    await deliver();
    expect(fake.sent).toHaveLength(1);
    world.deps.clock.advance(7 * DAY + 1);
    await expect(reply("private", "4")).rejects.toMatchObject({ cause: { key: "notifications.privateReplyTooLate" } });
  });

  it("are not sent again by themselves when the answer was lost, or the process died during the call", async () => {
    const { fake, reply, states, deliver } = await start();
    fake.failNext("replyToComment", new InstagramError("down", "No answer", { mayHaveArrived: true }), { after: true });
    await reply("public", "1");
    await deliver();
    await reply("public", "2");
    await world.query(sql`update instagram_replies set state = 'sending' where text = '2'`);
    world.deps.clock.advance(DAY);
    await deliver();
    expect(fake.replies).toHaveLength(1);
    expect(await states()).toEqual([
      ["public", "unknown", "No answer"],
      ["public", "unknown", expect.stringContaining("stopped")],
    ]);
  });

  it.for([
    ["a comment of the account itself", { from: "17840000000000001" }, "public", "ownComment"],
    ["a live comment in public", { field: "live_comments" }, "public", "liveReplyIsPrivate"],
    ["what is no comment", { field: "mentions" }, "public", "notAComment"],
  ] as const)("reject %s", async ([, given, mode, key]) => {
    const { reply } = await start(given);
    await expect(reply(mode, "Hi")).rejects.toMatchObject({ cause: { key: `notifications.${key}` } });
  });

  it("reject an unknown event, and a private text of more than 1,000 bytes", async () => {
    const { reply, eventId } = await start();
    const unknown = api().instagram.replyToComment({ eventId: eventId + 1, mode: "public", text: "Hi" });
    await expect(unknown).rejects.toMatchObject({ cause: { key: "notifications.eventNotFound" } });
    await expect(reply("private", "я".repeat(501))).rejects.toMatchObject({
      cause: { key: "notifications.privateReplyTooLong" },
    });
    expect(await world.countRows("instagram_replies")).toBe(0);
  });
});
