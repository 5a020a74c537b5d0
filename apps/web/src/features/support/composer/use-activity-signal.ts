"use client";

import { useEffect, useState } from "react";
import { useDesk } from "../desk-provider.tsx";
import { ActivitySignal } from "./activity-signal.ts";

/** Tells the team what this agent does in the conversation for as long as it is open. */
export function useActivitySignal(
  conversationId: number,
  hasDraft: boolean,
): Pick<ActivitySignal, "typed" | "stopped"> {
  const { client } = useDesk();
  const [signal] = useState(
    () =>
      new ActivitySignal((activity) => {
        // Said again soon, and forgotten by itself: nothing is lost when it does not arrive.
        client.support.setPresence.mutate({ conversationId, activity }).catch(() => {});
      }),
  );
  useEffect(() => {
    const look = () => signal.setLooking(document.visibilityState === "visible");
    look();
    document.addEventListener("visibilitychange", look);
    return () => {
      document.removeEventListener("visibilitychange", look);
      signal.leave();
    };
  }, [signal]);
  useEffect(() => signal.setDraft(hasDraft), [signal, hasDraft]);
  return signal;
}
