import { Store, useStore } from "../../../ui/store.ts";

export type Draft = {
  text: string;
  topics: number[];
  pin: boolean;
  unpinPrevious: boolean;
  /** Of a `datetime-local` field; null sends at once. */
  startsAt: string | null;
};

/** It stays while other pages are visited. */
const store = new Store<Draft>({ text: "", topics: [], pin: true, unpinPrevious: false, startsAt: null });
const set = (changes: Partial<Draft>) => store.patch(changes);
/** What is said each time anew goes; where it goes stays. */
const clear = () => set({ text: "", startsAt: null });

/** The broadcast that is being written. */
export const useDraft = () => ({ draft: useStore(store), set, clear });
