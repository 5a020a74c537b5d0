import type { LucideIcon } from "lucide-react";
import { createStore, useStore } from "zustand";
import { dismissToast, showToast } from "../../ui/toast-manager.ts";

type Undo = () => void;

const OFFER_MS = 6_000;
/** One at a time: Z undoes the action that the toast names. */
const TOAST_ID = "done";
const offered = createStore<{ undo: Undo | null }>(() => ({ undo: null }));
let timer: ReturnType<typeof setTimeout> | undefined;

function offer(undo: Undo | null) {
  clearTimeout(timer);
  if (undo) timer = setTimeout(() => offer(null), OFFER_MS);
  offered.setState({ undo });
}

/** Says what was done, and takes it back by button or by Z for as long as it says so. */
export function showDone(done: { icon: LucideIcon; title: string; undoLabel: string; undo: Undo }) {
  const run = () => {
    offer(null);
    dismissToast(TOAST_ID);
    done.undo();
  };
  offer(run);
  showToast({ id: TOAST_ID, icon: done.icon, title: done.title, action: { label: done.undoLabel, keys: "Z", run } });
}

/** What Z would take back now. */
export const useOfferedUndo = (): Undo | null => useStore(offered).undo;
