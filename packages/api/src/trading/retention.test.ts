import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { SYSTEM } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { openRoom } from "../testing/trading-room.ts";

const DAY_MS = 86_400_000;

describeOnDatabases("Retention of rooms", (world) => {
  async function talkOf(words: string) {
    const room = await openRoom(world.deps);
    const { chat, voice } = room.as(room.trader);
    await chat.send({ roomId: room.roomId, text: `${words}-chat` });
    const { sessionId } = await voice.start({ roomId: room.roomId });
    await voice.transcript({ sessionId, text: `${words}-voice`, isFinal: true });
    return room;
  }

  it("leaves no word that is past its days in tables or logs, and keeps the younger", async () => {
    const { retention } = world.as(SYSTEM).auth;
    await retention.set({ roomMessages: 30 });
    await talkOf("old");
    await world.deps.db.execute(
      sql`update topic_events set created_at = ${world.deps.now().toISOString()}::timestamptz`,
    );
    world.deps.clock.advance(31 * DAY_MS);
    const { roomId, trader, state } = await talkOf("young");
    world.deps.bus.published.length = 0;
    expect(await retention.run({})).toMatchObject({ counts: { roomMessages: 1, voiceSessions: 1 } });
    expect(await world.findWords(["old-"])).toEqual([]);
    expect(world.deps.bus.published.some(({ topic }) => topic.includes(roomId))).toBe(false);
    expect((await state(trader)).messages).toMatchObject([{ text: "young-chat" }]);
  });
});
