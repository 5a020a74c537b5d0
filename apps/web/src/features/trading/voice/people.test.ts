import type { RoomEvent } from "@pult/api/trading/schema.ts";
import type { VoiceParticipant } from "@pult/api/trading/voice/schema.ts";
import { expect, it } from "vitest";
import { gather, withNews } from "./people.ts";
import { at, personOf } from "./testing.ts";

type Kind = "enteredVoice" | "leftVoice" | "handRaised" | "handLowered" | "speakerAdded" | "speakerRemoved" | "left";
const of = (traderId: string) => ({ traderId, userId: traderId, name: traderId });
const event = (type: Kind, traderId: string, seconds = 0): RoomEvent => ({ type, ...of(traderId), at: at(seconds) });
const after = (...events: RoomEvent[]) => events.reduce<readonly VoiceParticipant[]>(withNews, []);

it("follows who is in the voice of a room, in the order in which they asked to speak", () => {
  expect(after(event("enteredVoice", "a"), event("handRaised", "c", 2), event("handRaised", "b", 1))).toEqual([
    personOf("b", { isConnected: false, handRaisedAt: at(1) }),
    personOf("c", { isConnected: false, handRaisedAt: at(2) }),
    personOf("a"),
  ]);
  expect(after(event("handRaised", "a"), event("handLowered", "a"))).toEqual([]);
  expect(after(event("handRaised", "a"), event("speakerAdded", "a"))).toEqual([
    personOf("a", { isSpeaker: true, isConnected: false }),
  ]);
  expect(after(event("speakerAdded", "a"), event("enteredVoice", "a"), event("leftVoice", "a"))).toHaveLength(1);
  expect(after(event("speakerAdded", "a"), event("left", "a"))).toEqual([]);
  expect(after(event("enteredVoice", "a"), event("leftVoice", "a"))).toEqual([]);
});

it("keeps a muted speaker from speaking, and leaves others as they are", () => {
  const muted: RoomEvent = { type: "muted", ...of("a"), at: at(0), until: at(60), reason: null };
  expect(withNews([personOf("a", { isSpeaker: true })], muted)).toEqual([personOf("a")]);
  expect(withNews([], muted)).toEqual([]);
});

it("gathers people by what they may do, those who speak first, and counts who is connected", () => {
  const people = [
    personOf("absent", { isSpeaker: true, isConnected: false }),
    personOf("host", { isSpeaker: true }),
    personOf("me", { handRaisedAt: at(1) }),
    personOf("gone"),
  ];
  const heard = (traderId: string, isSpeaking = false) => ({ traderId, userId: traderId, name: null, isSpeaking });
  const alone = gather(people, { inAudio: null, myTraderId: "me" });
  expect(alone.counts).toEqual({ speakers: 1, listeners: 2 });
  const withoutAudio = gather([personOf("a", { isSpeaker: true, isConnected: false })], {
    inAudio: null,
    myTraderId: null,
  });
  expect(withoutAudio.speakers).toMatchObject([{ isAbsent: false }]);
  const inAudio = [heard("me"), heard("host", true), heard("new")];
  const { speakers, hands, listeners, counts } = gather(people, { inAudio, myTraderId: "me" });
  expect(speakers.map(({ traderId, isSpeaking, isAbsent }) => [traderId, isSpeaking, isAbsent])).toEqual([
    ["host", true, false],
    ["absent", false, true],
  ]);
  expect(hands.map(({ traderId, isMe }) => [traderId, isMe])).toEqual([["me", true]]);
  expect(listeners.map(({ traderId }) => traderId)).toEqual(["me", "new"]);
  expect(counts).toEqual({ speakers: 1, listeners: 2 });
});
