"use client";

import { useSyncExternalStore } from "react";

const EVENTS = ["focus", "blur"] as const;

function subscribe(listener: () => void) {
  for (const event of EVENTS) window.addEventListener(event, listener);
  document.addEventListener("visibilitychange", listener);
  return () => {
    for (const event of EVENTS) window.removeEventListener(event, listener);
    document.removeEventListener("visibilitychange", listener);
  };
}

const isLooking = () => document.visibilityState === "visible" && document.hasFocus();

/** Whether the agent is at this window, so that what it shows counts as seen. */
export function useAttention(): boolean {
  return useSyncExternalStore(subscribe, isLooking, () => false);
}
