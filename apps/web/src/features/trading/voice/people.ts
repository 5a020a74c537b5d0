import type { RoomEvent } from "@pult/api/trading/schema.ts";
import type { VoiceParticipant } from "@pult/api/trading/voice/schema.ts";
import type { AudioPerson } from "./audio.ts";

type Change = Partial<Pick<VoiceParticipant, "isSpeaker" | "isConnected" | "handRaisedAt">>;

const isShown = ({ isSpeaker, isConnected, handRaisedAt }: VoiceParticipant): boolean =>
  isSpeaker || isConnected || handRaisedAt !== null;

/** As the API sorts them. */
function inOrder(a: VoiceParticipant, b: VoiceParticipant): number {
  if (a.isSpeaker !== b.isSpeaker) return a.isSpeaker ? -1 : 1;
  const [raisedA, raisedB] = [a.handRaisedAt ?? "9", b.handRaisedAt ?? "9"];
  if (raisedA !== raisedB) return raisedA < raisedB ? -1 : 1;
  return a.traderId < b.traderId ? -1 : 1;
}

type Named = Pick<VoiceParticipant, "traderId" | "userId" | "name">;

function changed(people: readonly VoiceParticipant[], { traderId, userId, name }: Named, change: Change) {
  const unknown = { traderId, userId, name, isSpeaker: false, isConnected: false, handRaisedAt: null };
  const before = people.find((one) => one.traderId === traderId) ?? unknown;
  const others = people.filter((one) => one.traderId !== traderId);
  return [...others, { ...before, ...change }].filter(isShown).sort(inOrder);
}

/** Who is in the audio of a room, may speak or asks to, after an event of the room's log. */
export function withNews(people: readonly VoiceParticipant[], event: RoomEvent): readonly VoiceParticipant[] {
  switch (event.type) {
    case "enteredVoice":
      return changed(people, event, { isConnected: true });
    case "leftVoice":
      return changed(people, event, { isConnected: false });
    case "handRaised":
      return changed(people, event, { handRaisedAt: event.at });
    case "handLowered":
      return changed(people, event, { handRaisedAt: null });
    case "speakerAdded":
      return changed(people, event, { isSpeaker: true, handRaisedAt: null });
    case "speakerRemoved":
      return changed(people, event, { isSpeaker: false });
    case "muted":
      return event.until === null ? people : changed(people, event, { isSpeaker: false });
    case "left":
    case "removed":
      return people.filter(({ traderId }) => traderId !== event.traderId);
    default:
      return people;
  }
}

/** Whether an event says too little: a room's creator goes on speaking, and so does a speaker who is no longer muted. */
export const saysTooLittle = ({ type }: RoomEvent): boolean => type === "speakerRemoved" || type === "muted";

export interface ShownPerson extends VoiceParticipant {
  isSpeaking: boolean;
  /** May speak, and is not in the audio where others are. */
  isAbsent: boolean;
  isMe: boolean;
}

export interface Gathering {
  /** Who may speak, those who do first. */
  speakers: ShownPerson[];
  /** Who asks to speak, in the order in which they asked. */
  hands: ShownPerson[];
  /** Who only hears. */
  listeners: ShownPerson[];
  /** Of those who are connected. */
  counts: { speakers: number; listeners: number };
}

/** @param inAudio as the audio itself tells while this page is in it; the server hears of it a little later */
export function gather(
  people: readonly VoiceParticipant[],
  { inAudio, myTraderId }: { inAudio: readonly AudioPerson[] | null; myTraderId: string | null },
): Gathering {
  const heard = new Map(inAudio?.map((one) => [one.traderId, one]));
  const known = new Set(people.map(({ traderId }) => traderId));
  const strangers = [...heard.values()].filter(({ traderId }) => !known.has(traderId));
  const all = [
    ...people,
    ...strangers.map(({ traderId, userId, name }) => ({
      ...{ traderId, userId, name, isSpeaker: false, isConnected: true, handRaisedAt: null },
    })),
  ].map((one) => ({
    ...one,
    isConnected: inAudio ? heard.has(one.traderId) : one.isConnected,
    isSpeaking: heard.get(one.traderId)?.isSpeaking ?? false,
    isMe: one.traderId === myTraderId,
  }));
  const isInUse = all.some(({ isConnected }) => isConnected);
  const rank = (one: Pick<ShownPerson, "isSpeaking" | "isConnected">) => (one.isSpeaking ? 0 : one.isConnected ? 1 : 2);
  const shown = all.map((one) => ({ ...one, isAbsent: isInUse && one.isSpeaker && !one.isConnected }));
  const speakers = shown.filter(({ isSpeaker }) => isSpeaker).sort((a, b) => rank(a) - rank(b));
  const others = shown.filter(({ isSpeaker }) => !isSpeaker);
  const listeners = others.filter(({ isConnected }) => isConnected);
  return {
    speakers,
    hands: others.filter(({ handRaisedAt }) => handRaisedAt !== null),
    listeners,
    counts: { speakers: speakers.filter(({ isConnected }) => isConnected).length, listeners: listeners.length },
  };
}
