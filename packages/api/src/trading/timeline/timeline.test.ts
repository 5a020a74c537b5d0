import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { callerOf, keyWith, refusal } from "../../testing/factories.ts";
import { FakeAudio } from "../../testing/fake-audio.ts";
import { createTestDeps, describeOnBothDatabases } from "../../testing/test-deps.ts";
import { makeTrader, openRoom } from "../../testing/trading-room.ts";
import type { RoomEvent, TimelineEvent } from "../schema.ts";
import { comparePlaces, isListed, pageOf, placeOf } from "./order.ts";

const nameOf = (event: RoomEvent) => `${placeOf(event).rank} ${placeOf(event).id}`;

describeOnBothDatabases("trading.timeline", (world) => {
  /** Trades, messages and spoken words in turn: some in one millisecond, and all that the clock of a second node put first. */
  async function openTalk() {
    const deps = createTestDeps(world.deps, { audio: new FakeAudio() });
    const room = await openRoom(deps, { traders: 2 });
    const [anna, boris] = room.traders;
    if (!anna || !boris) throw new Error("No traders");
    const api = room.as(anna);
    const { sessionId } = await api.voice.start({ roomId: room.roomId });
    const { traderId } = (await room.state(anna)).me ?? {};
    await room.staff.moderation.setSpeaker({ roomId: room.roomId, traderId: traderId ?? "", isSpeaker: true });
    for (let at = 0; at < 6; at += 1) {
      await api.chat.send({ roomId: room.roomId, text: `message ${at}` });
      await room.trade(boris, { side: "buy", amount: "1000000" });
      await api.voice.transcript({ sessionId, text: `word ${at}`, isFinal: true, source: "speech" });
      await api.voice.transcript({ sessionId, text: `typed ${at}`, isFinal: true, source: "typed" });
      if (at % 2 === 0) deps.clock.advance(at === 4 ? -2_000 : 1_000);
    }
    return { ...room, anna, boris };
  }

  async function readAll(
    read: (cursor: string | null) => Promise<{ events: TimelineEvent[]; nextCursor: string | null }>,
  ) {
    const all: TimelineEvent[] = [];
    let cursor: string | null = null;
    do {
      const page = await read(cursor);
      all.push(...page.events);
      cursor = page.nextCursor;
    } while (cursor !== null);
    return all;
  }

  it("pages through trades, chat and voice in the order in which the log's events sort", async () => {
    const { roomId, anna, as, staff, state } = await openTalk();
    await staff.rooms.close({ roomId });
    const told = (
      await world.query<{ payload: RoomEvent }>(
        sql`select payload from topic_events where topic = ${`trading.room:${roomId}`}`,
      )
    )
      .map(({ payload }) => payload)
      .filter(isListed)
      .toSorted((a, b) => comparePlaces(placeOf(b), placeOf(a)));
    expect(told).toHaveLength(19);
    for (const limit of [1, 2, 5, 200]) {
      const read = await readAll((cursor) => as(anna).timeline({ roomId, cursor, limit }));
      expect(read.map(nameOf)).toEqual(told.map(nameOf));
      expect(read).toEqual(told.map((event) => expect.objectContaining({ type: event.type })));
    }
    const begun = await state(anna);
    const first = pageOf({ room: begun, ...begun }, 7);
    const rest = await readAll((cursor) => as(anna).timeline({ roomId, cursor: cursor ?? first.nextCursor, limit: 7 }));
    expect([...first.events, ...rest].map(nameOf)).toEqual(told.map(nameOf));
  });

  it("keeps to itself what was written and said where the caller is no member", async () => {
    const { roomId, as, boris, staff } = await openTalk();
    const typesFor = async (api: ReturnType<typeof as>) =>
      new Set((await api.timeline({ roomId, limit: 200 })).events.map(({ type }) => type));
    const [all, traded] = [new Set(["traded", "messageSent", "spoke"]), new Set(["traded"])];
    expect(await typesFor(as(boris))).toEqual(all);
    expect(await typesFor(callerOf(world.deps, keyWith("trading:read")).trading)).toEqual(all);
    expect(await typesFor(as(makeTrader()))).toEqual(traded);
    expect(await as(makeTrader()).rooms.get({ roomId })).toMatchObject({ spoken: [], messages: [] });
    await as(boris).rooms.leave({ roomId });
    expect(await typesFor(as(boris))).toEqual(traded);
    await expect(staff.timeline({ roomId: crypto.randomUUID() })).rejects.toMatchObject(refusal("NOT_FOUND"));
  });

  it("refuses a cursor that is not of a page", async () => {
    const { roomId, as, trader } = await openRoom(world.deps);
    const at = "2026-11-30T12:00:00.000Z";
    const id = crypto.randomUUID();
    const bad = ["x", "1", `${at},1,${id},`, `${at},7,1,`, "2026-02-31T12:00:00.000Z,1,1,", `${at},1,,`, `${at},4,7,`];
    for (const cursor of bad)
      await expect(as(trader).timeline({ roomId, cursor }), cursor).rejects.toMatchObject(refusal("VALIDATION"));
  });
});
