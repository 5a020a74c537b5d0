"use client";

import { useEffect, useRef } from "react";
import { useDesk } from "../desk-provider.tsx";

const REPEAT_MS = 3_000;
const PAUSE_MS = 5_000;

/** Tells the customer that somebody types: at most every three seconds, and that it stopped after a pause. */
export function useTypingSignal(conversationId: number) {
  const { client } = useDesk();
  const toldAt = useRef(0);
  const pause = useRef<ReturnType<typeof setTimeout>>(undefined);

  const tell = (typing: boolean) => {
    toldAt.current = typing ? Date.now() : 0;
    // A courtesy: when it does not arrive, nothing is lost.
    client.support.setTyping.mutate({ conversationId, typing }).catch(() => {});
  };
  const stopped = () => {
    clearTimeout(pause.current);
    if (toldAt.current > 0) tell(false);
  };
  const typed = () => {
    clearTimeout(pause.current);
    pause.current = setTimeout(stopped, PAUSE_MS);
    if (Date.now() - toldAt.current > REPEAT_MS) tell(true);
  };
  const leave = useRef(stopped);
  leave.current = stopped;
  useEffect(() => () => leave.current(), []);
  return { typed, stopped };
}
