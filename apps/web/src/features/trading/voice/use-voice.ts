import type { RoomState } from "@pult/api/trading/schema.ts";
import { useEffect, useMemo, useState } from "react";
import { useStore } from "zustand";
import type { RoomStore, TradingPort } from "../room-store.ts";
import { openLiveKit } from "./open-audio.ts";
import { gather } from "./people.ts";
import { openBrowserSpeech } from "./speech.ts";
import { claimTab } from "./tab-claim.ts";
import type { VoiceSlot } from "./voice-slot.ts";
import type { VoiceListeners, VoiceSnapshot } from "./voice-snapshot.ts";
import { VoiceStore } from "./voice-store.ts";

export type VoiceInput = {
  store: RoomStore;
  port: TradingPort;
  room: RoomState;
  slot: VoiceSlot;
  listeners?: VoiceListeners;
};

/** The voice of the room in its slot, which begins with the first that looks at it. */
export function useVoice({ store, port, room, slot, listeners }: VoiceInput): VoiceStore | null {
  const [voice, setVoice] = useState<VoiceStore | null>(slot.current);
  const roomId = room.id;
  useEffect(() => {
    slot.current ??= new VoiceStore({
      ...{ room: store, port, roomId, claimTab },
      openAudio: openLiveKit,
      openSpeech: (told) => openBrowserSpeech(told),
    });
    setVoice(slot.current);
  }, [store, port, roomId, slot]);
  useEffect(() => {
    if (voice && listeners) voice.listeners = listeners;
  }, [voice, listeners]);
  return voice;
}

/** A voice that is there, with what it says now. */
export type ReadVoice = { voice: VoiceStore; now: VoiceSnapshot };

export const useVoiceState = (voice: VoiceStore): VoiceSnapshot => useStore(voice.state);

/** Who is there, by what they may do. */
export function useGathering({ people, inAudio }: VoiceSnapshot, { me }: RoomState) {
  const myTraderId = me?.isMember ? me.traderId : null;
  return useMemo(() => gather(people ?? [], { inAudio, myTraderId }), [people, inAudio, myTraderId]);
}
