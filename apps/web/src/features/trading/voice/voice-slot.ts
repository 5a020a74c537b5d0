import { type RefObject, useEffect, useRef } from "react";
import type { RoomStore } from "../room-store.ts";
import type { VoiceStore } from "./voice-store.ts";

/** Keeps a room's voice while its dock moves between pages of the room. */
export type VoiceSlot = RefObject<VoiceStore | null>;

/** To be held by what is there as long as the room is; its voice ends with it. */
export function useVoiceSlot(store: RoomStore): VoiceSlot {
  const slot = useRef<VoiceStore | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another room has a voice of its own
  useEffect(
    () => () => {
      slot.current?.stop();
      slot.current = null;
    },
    [store],
  );
  return slot;
}
