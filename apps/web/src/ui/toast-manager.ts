import type { LucideIcon } from "lucide-react";
import { createStore } from "zustand/vanilla";

export type ToastInput = {
  /** The same id again takes the place of the toast before; also for `dismissToast`. */
  id?: string;
  title: string;
  description?: string;
  icon?: LucideIcon;
  tone?: "neutral" | "warning" | "danger";
  action?: { label: string; keys?: string; run: () => void };
};

type Shower = { show: (toast: ToastInput) => void; dismiss: (id: string) => void };

/** What was said and nothing shows yet. */
export const waitingToasts = createStore<readonly ToastInput[]>(() => []);
let shower: Shower | null = null;

/** Says one thing for six seconds (a failure: ten), bottom left. From anywhere, component or not. */
export function showToast(toast: ToastInput): void {
  if (shower) shower.show(toast);
  else waitingToasts.setState((waiting) => [...waiting, toast], true);
}

/** What it said is no longer so. */
export function dismissToast(id: string): void {
  waitingToasts.setState((waiting) => waiting.filter((toast) => toast.id !== id), true);
  shower?.dismiss(id);
}

/** Takes over the showing, beginning with what waits. Returns the way to stop. */
export function takeToasts(taker: Shower): () => void {
  shower = taker;
  for (const toast of waitingToasts.getState()) taker.show(toast);
  waitingToasts.setState([], true);
  return () => {
    shower = null;
  };
}
