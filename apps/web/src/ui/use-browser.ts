import { useCallback, useSyncExternalStore } from "react";

const never = () => () => {};

/** What only the browser knows, and stays; `before` stands for it on the server and until the page runs. */
export const useBrowserValue = <T>(read: () => T, before: T): T => useSyncExternalStore(never, read, () => before);

const ATTENTION_EVENTS = ["focus", "blur"] as const;

function followAttention(listener: () => void) {
  for (const event of ATTENTION_EVENTS) window.addEventListener(event, listener);
  document.addEventListener("visibilitychange", listener);
  return () => {
    for (const event of ATTENTION_EVENTS) window.removeEventListener(event, listener);
    document.removeEventListener("visibilitychange", listener);
  };
}

const isLooking = () => document.visibilityState === "visible" && document.hasFocus();

/** Whether the reader is at this window, so that what it shows counts as seen. */
export const useAttention = (): boolean => useSyncExternalStore(followAttention, isLooking, () => false);

/** Whether a media query matches; false on the server. Prefer CSS: this is for behaviour, not looks. */
export function useMedia(query: string): boolean {
  const subscribe = useCallback(
    (listener: () => void) => {
      const list = matchMedia(query);
      list.addEventListener("change", listener);
      return () => list.removeEventListener("change", listener);
    },
    [query],
  );
  return useSyncExternalStore(
    subscribe,
    () => matchMedia(query).matches,
    () => false,
  );
}
