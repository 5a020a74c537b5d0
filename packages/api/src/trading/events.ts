import { z } from "zod";
import { type Actor, identityOf } from "../actor.ts";
import { isStaff } from "../auth/permissions.ts";
import type { NewEntry } from "../realtime/log.ts";
import { declareLatest, declareLog, internalOnly } from "../realtime/topic.ts";
import { type Rewards, rewards } from "./rewards/schema.ts";
import { type PriceUpdate, priceUpdate, type RoomEvent, roomEvent } from "./schema.ts";
import { type VoiceEvent, voiceEvent } from "./voice/schema.ts";

const identified = (actor: Actor): boolean => actor.kind !== "anonymous";

/** Trades, words, members and moderation of a room. Key: room id. Readers: staff and members; `followRoom` asks who is one. */
export const roomTopic = declareLog<string, RoomEvent>("trading.room", { event: roomEvent, mayRead: identified });

/** The price of a token. Key: its mint. */
export const priceTopic = declareLatest<string, PriceUpdate>("trading.price", {
  value: priceUpdate,
  mayRead: identified,
});

/** A trader's rewards. Key: `<namespace>:<id>` and the like. Readers: the trader, staff. */
export const rewardsTopic = declareLatest<string, Rewards>("trading.rewards", {
  value: rewards,
  mayRead: (actor, key) => identityOf(actor) === key || isStaff(actor, "trading:read"),
});

/** A trader was removed from a room, or may come back. Key: room id. */
export const membershipTopic = declareLatest<string, { key: string; isRemoved: boolean }>("trading.membership", {
  value: z.object({ key: z.string(), isRemoved: z.boolean() }),
  mayRead: internalOnly,
});

/** A trader's words, commands and tickets in a room. Key: `<room id>:<trader id>`. Readers: the trader; `followVoice` asks who that is. */
export const voiceTopic = declareLog<string, VoiceEvent>("trading.voice", {
  event: voiceEvent,
  mayRead: identified,
  retention: 200,
});

export const voiceEntry = (
  { roomId, traderId }: { roomId: string; traderId: string },
  payload: VoiceEvent,
): NewEntry => ({ topic: voiceTopic.name(`${roomId}:${traderId}`), payload });

export const roomEntry = (roomId: string, payload: RoomEvent): NewEntry => ({
  topic: roomTopic.name(roomId),
  payload,
});
