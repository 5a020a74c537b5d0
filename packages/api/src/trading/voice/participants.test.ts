import { sql } from "drizzle-orm";
import { expect, it } from "vitest";
import { type Customer, identityOf } from "../../actor.ts";
import type { AudioEvent } from "../../audio/audio.ts";
import { refusal } from "../../testing/factories.ts";
import { FakeAudio } from "../../testing/fake-audio.ts";
import { settleOutbox } from "../../testing/telegram-desk.ts";
import { createTestDeps, describeOnPostgres } from "../../testing/test-deps.ts";
import { makeTrader, openRoom } from "../../testing/trading-room.ts";
import { audioRoomOf } from "./audio-rooms.ts";
import { applyAudioEvent } from "./participants.ts";

describeOnPostgres("The audio of rooms", (world) => {
  async function openAudio() {
    const audio = new FakeAudio();
    const deps = createTestDeps(world.deps, { audio });
    const room = await openRoom(deps, { traders: 2 });
    const [anna, boris] = room.traders as [Customer, Customer];
    const idOf = async (one: Customer) => (await room.state(one)).me?.traderId ?? "";
    let seconds = 0;
    const event = (type: "joined" | "left", who: Customer, sid: string): AudioEvent => ({
      ...{ type, sid, room: audioRoomOf(room.roomId), identity: identityOf(who) ?? "" },
      ...{ at: new Date(deps.now().getTime() + ++seconds * 1_000), maySpeak: false },
    });
    const tell = (one: AudioEvent) => applyAudioEvent(deps, one);
    const connected = async () =>
      (await room.as(anna).voice.participants({ roomId: room.roomId }))
        .filter(({ isConnected }) => isConnected)
        .map(({ userId }) => userId);
    const timeline = async () =>
      (
        await world.query<{ type: string }>(sql`
          select payload->>'type' as type from topic_events
          where topic = ${`trading.room:${room.roomId}`} and payload->>'type' <> 'joined' order by "offset"`)
      ).map(({ type }) => type);
    return { ...room, deps, audio, anna, boris, idOf, event, tell, connected, timeline };
  }

  it("grants the session's room to the trader alone, to hear, and to speak once a moderator lets them", async () => {
    const { audio, as, anna, roomId, staff, idOf } = await openAudio();
    const start = () => as(anna).voice.start({ roomId, clientId: "tab" });
    expect(await start()).toMatchObject({ liveKitToken: "token 1", url: audio.url, maySpeak: false });
    const traderId = await idOf(anna);
    await staff.moderation.setSpeaker({ roomId, traderId, isSpeaker: true });
    expect(await start()).toMatchObject({ liveKitToken: "token 2", maySpeak: true });
    await staff.moderation.mute({ roomId, traderId, until: "2030-01-01T00:00:00.000Z" });
    await start();
    const grant = { room: `trading-${roomId}`, identity: `wallet:${anna.externalId}`, traderId, name: null };
    expect(audio.grants).toEqual([false, true, false].map((maySpeak) => ({ ...grant, maySpeak })));
  });

  it("shows raised hands until a moderator grants them, on the room's timeline", async () => {
    const { as, anna, boris, roomId, staff, idOf, timeline } = await openAudio();
    for (const isRaised of [true, true, false, true]) await as(anna).voice.raiseHand({ roomId, isRaised });
    const list = () => as(boris).voice.participants({ roomId });
    expect(await list()).toMatchObject([
      { userId: anna.externalId, isSpeaker: false, handRaisedAt: expect.any(String) },
    ]);
    const traderId = await idOf(anna);
    await expect(
      as(boris).moderation.setSpeaker({ roomId, traderId: await idOf(boris), isSpeaker: true }),
    ).rejects.toMatchObject(refusal("FORBIDDEN"));
    await staff.moderation.setSpeaker({ roomId, traderId, isSpeaker: true });
    expect(await list()).toMatchObject([{ isSpeaker: true, handRaisedAt: null }]);
    await staff.moderation.setSpeaker({ roomId, traderId, isSpeaker: false });
    expect(await list()).toEqual([]);
    expect(await timeline()).toEqual(["handRaised", "handLowered", "handRaised", "speakerAdded", "speakerRemoved"]);
    await as(anna).voice.raiseHand({ roomId, isRaised: true });
    await as(anna).rooms.leave({ roomId });
    await as(anna).rooms.join({ roomId });
    expect(await list()).toEqual([]);
    await expect(as(makeTrader()).voice.raiseHand({ roomId, isRaised: true })).rejects.toMatchObject(
      refusal("FORBIDDEN", { key: "trading.notJoined" }),
    );
  });

  it("knows who is connected, whatever order webhooks come in and however often", async () => {
    const { anna, boris, event, tell, connected, timeline, roomId } = await openAudio();
    const [joined, rejoined] = [event("joined", anna, "PA_1"), event("joined", anna, "PA_2")];
    const left = event("left", anna, "PA_1");
    for (const one of [joined, rejoined, left, left, joined]) await tell(one);
    expect(await connected()).toEqual([anna.externalId]);
    const came = event("joined", boris, "PA_3");
    await tell(event("left", boris, "PA_3"));
    await tell(came);
    expect(await connected()).toEqual([anna.externalId]);
    await tell({ type: "finished", room: audioRoomOf(roomId), at: new Date("2030-01-01T00:00:00Z") });
    expect(await connected()).toEqual([]);
    for (const room of ["other", audioRoomOf(crypto.randomUUID())])
      await tell({ ...event("joined", anna, "PA_9"), room } as AudioEvent);
    expect(await connected()).toEqual([]);
    expect(await timeline()).toEqual(["enteredVoice", "leftVoice"]);
  });

  it("ends a member's earlier connection with their next one, where LiveKit never told of its end", async () => {
    const { anna, event, tell, connected, timeline } = await openAudio();
    for (const sid of ["PA_lost", "PA_1"]) await tell(event("joined", anna, sid));
    expect(await connected()).toEqual([anna.externalId]);
    await tell(event("left", anna, "PA_1"));
    expect(await connected()).toEqual([]);
    expect(await timeline()).toEqual(["enteredVoice", "leftVoice"]);
  });

  it("ends or changes open connections as moderators decide and members leave, also those of an older token", async () => {
    const { as, audio, anna, boris, roomId, staff, deps, idOf, tell, event } = await openAudio();
    const traderId = await idOf(anna);
    const [heard, spoken, out] = ["hear", "speak", "none"].map((right) => `${identityOf(anna)} ${right}`);
    const changes = async () => {
      await settleOutbox(deps);
      return audio.changes.splice(0);
    };
    await staff.moderation.setSpeaker({ roomId, traderId, isSpeaker: true });
    expect(await changes()).toEqual([spoken]);
    const until = new Date(deps.now().getTime() + 60_000).toISOString();
    await staff.moderation.mute({ roomId, traderId, until });
    expect(await changes()).toEqual([heard]);
    deps.clock.advance(60_001);
    expect(await changes()).toEqual([spoken]);
    await staff.moderation.remove({ roomId, traderId });
    audio.failures = 1;
    expect(await changes()).toEqual([]);
    deps.clock.advance(2_001);
    expect(await changes()).toEqual([out]);
    await tell({ ...event("joined", anna, "PA_1"), maySpeak: true } as AudioEvent);
    await tell(event("joined", boris, "PA_2"));
    expect(await changes()).toEqual([out]);
    await as(boris).rooms.leave({ roomId });
    expect(await changes()).toEqual([`${identityOf(boris)} none`]);
  });

  it("closes with the room: no word, no raised hand and no older token enters it any more", async () => {
    const { as, audio, anna, roomId, staff, deps, idOf, tell, event, timeline } = await openAudio();
    await staff.moderation.setSpeaker({ roomId, traderId: await idOf(anna), isSpeaker: true });
    const { sessionId } = await as(anna).voice.start({ roomId });
    await staff.rooms.close({ roomId });
    await settleOutbox(deps);
    expect(audio.changes.splice(0)).toContain("closed");
    await tell({ ...event("joined", anna, "PA_1"), maySpeak: true } as AudioEvent);
    await settleOutbox(deps);
    expect(audio.changes).toEqual([`${identityOf(anna)} none`]);
    await as(anna).voice.transcript({ sessionId, text: "Still here", isFinal: true });
    await expect(as(anna).voice.raiseHand({ roomId, isRaised: true })).rejects.toMatchObject(
      refusal("CONFLICT", { key: "trading.closed" }),
    );
    expect(await timeline()).toEqual(["speakerAdded", "closed", "enteredVoice"]);
  });

  it("puts what speakers say aloud on the room's timeline, and nothing that is typed or said by listeners", async () => {
    const { as, anna, roomId, staff, idOf, timeline } = await openAudio();
    const { sessionId } = await as(anna).voice.start({ roomId });
    const say = (text: string, source: "speech" | "typed" = "speech") =>
      as(anna).voice.transcript({ sessionId, text, isFinal: true, source });
    await say("as a listener");
    await staff.moderation.setSpeaker({ roomId, traderId: await idOf(anna), isSpeaker: true });
    await say("typed", "typed");
    await say("as a speaker");
    expect(await timeline()).toEqual(["speakerAdded", "spoke"]);
  });
});
