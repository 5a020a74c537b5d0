import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { type Customer, identityOf } from "../actor.ts";
import { findDomainError } from "../errors.ts";
import { callerOf, keyWith, SYSTEM } from "../testing/factories.ts";
import { FakeAudio } from "../testing/fake-audio.ts";
import { createTestDeps, describeOnPostgres, type TestDeps } from "../testing/test-deps.ts";
import { makeTrader } from "../testing/trading-room.ts";
import { audioRoomOf } from "./voice/audio-rooms.ts";
import { applyAudioEvent } from "./voice/participants.ts";

const TRADERS = 6;
const ACTORS = 12;
const TURNS = 25;

const below = (end: number) => Math.floor(Math.random() * end);
const pick = <Item>(items: readonly Item[]): Item => items[below(items.length)] as Item;

describeOnPostgres("Traders who trade, talk, are moderated and erased at once on two nodes", (world) => {
  it("wait for each other, leave every room exact, and no trader without a person", async () => {
    const audio = new FakeAudio();
    const nodes = [createTestDeps(world.deps, { audio }), createTestDeps(world.database, { audio })];
    const traders = Array.from({ length: TRADERS }, () => makeTrader());
    const rooms = await Promise.all(
      traders.slice(0, 3).map(async (one) => (await world.as(one).trading.rooms.create({ name: "Room" })).id),
    );
    const unforeseen: unknown[] = [];
    const actor = async () => {
      for (let turn = 0; turn < TURNS; turn++)
        await act(pick(nodes), pick(traders), pick(rooms)).catch((error: unknown) => {
          if (!findDomainError(error)) unforeseen.push(error);
        });
    };
    await Promise.all(Array.from({ length: ACTORS }, actor));
    expect(unforeseen).toEqual([]);
    const server = world.as(keyWith("trading:read")).trading;
    for (const roomId of rooms) expect(await server.rooms.verify({ roomId })).toMatchObject({ differences: [] });
    expect(
      await world.query(sql`
        select key from traders where key is not null
        and key not in (select namespace || ':' || external_id from identities)`),
    ).toEqual([]);
    for (const { feeds, leases } of nodes) {
      feeds.close();
      await leases.close();
    }
  });
});

/** One of the things that happen in rooms. */
async function act(deps: TestDeps, trader: Customer, roomId: string): Promise<unknown> {
  const { trading } = callerOf(deps, trader);
  const { moderation } = callerOf(deps, keyWith("trading:write")).trading;
  const { people } = callerOf(deps, SYSTEM).auth;
  const about = {
    room: audioRoomOf(roomId),
    identity: identityOf(trader) ?? "",
    sid: `PA_${below(9)}`,
    at: deps.now(),
  };
  const acts: (() => Promise<unknown>)[] = [
    () => trading.trade({ roomId, side: "buy", amount: "100000000" }),
    () => trading.trade({ roomId, side: "sell", amount: "1000000000" }),
    () => trading.rooms.join({ roomId }),
    () => trading.rooms.join({ roomId }),
    () => trading.rooms.leave({ roomId }),
    () => trading.rooms.create({ name: "Other" }),
    () => trading.chat.send({ roomId, text: "Hello" }),
    () => trading.rewards.claim({}),
    () => trading.voice.raiseHand({ roomId, isRaised: below(2) === 0 }),
    async () => {
      const { sessionId } = await trading.voice.start({ roomId, takeOver: true });
      const { ticket } = await trading.voice.transcript({ sessionId, text: "buy 0.1 sol", isFinal: true });
      if (ticket) await trading.voice.confirm({ sessionId, intentId: ticket.intentId });
    },
    async () => {
      const traderId = (await trading.rooms.get({ roomId })).me?.traderId;
      if (traderId) await moderation.setSpeaker({ roomId, traderId, isSpeaker: below(2) === 0 });
    },
    () => applyAudioEvent(deps, { type: "joined", ...about, maySpeak: true }),
    () => applyAudioEvent(deps, { type: "left", ...about }),
    async () => {
      const { id: personId } = await people.show({ namespace: "wallet", externalId: trader.externalId });
      await people.erase({ personId });
    },
  ];
  return pick(acts)();
}
