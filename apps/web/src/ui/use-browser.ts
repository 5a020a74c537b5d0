import { useCallback, useSyncExternalStore } from "react";

const never = () => () => {};

/** What only the browser knows, and stays; `before` stands for it on the server and until the page runs. */
export const useBrowserValue = <T>(read: () => T, before: T): T => useSyncExternalStore(never, read, () => before);

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
