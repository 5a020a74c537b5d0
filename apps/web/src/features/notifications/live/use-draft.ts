import { createStore, useStore } from "zustand";

export type Draft = {
  text: string;
  to: "topics" | "customers";
  /** Of customers; null for all. */
  language: string | null;
  paid: boolean;
  topics: number[];
  pin: boolean;
  unpinPrevious: boolean;
  /** Of a `datetime-local` field; null sends at once. */
  startsAt: string | null;
};

/** It stays while other pages are visited. */
const store = createStore<Draft>(() => ({
  text: "",
  to: "topics",
  language: null,
  paid: false,
  topics: [],
  pin: true,
  unpinPrevious: false,
  startsAt: null,
}));
const set = (changes: Partial<Draft>) => store.setState(changes);
/** What is said each time anew goes; where it goes stays. */
const clear = () => set({ text: "", startsAt: null, paid: false });

/** The broadcast that is being written. */
export const useDraft = () => ({ draft: useStore(store), set, clear });
