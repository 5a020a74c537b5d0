import { createStore, useStore } from "zustand";

/** Unread notices as of a position of their log; null until known, and for callers who have no list. */
export const noticeCounts = createStore<{ unread: number; position: string } | null>(() => null);

export const useUnread = (): number => useStore(noticeCounts)?.unread ?? 0;

/** Whether the list is open. */
export const isBellOpen = createStore(() => false);

export const openBell = (isOpen: boolean): void => isBellOpen.setState(isOpen, true);
