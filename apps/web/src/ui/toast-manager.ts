import type { LucideIcon } from "lucide-react";

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

let waiting: readonly ToastInput[] = [];
let shower: Shower | null = null;
const listeners = new Set<() => void>();

/** Says one thing for six seconds (a failure: ten), bottom left. From anywhere, component or not. */
export function showToast(toast: ToastInput): void {
  if (shower) {
    shower.show(toast);
    return;
  }
  waiting = [...waiting, toast];
  for (const listener of listeners) listener();
}

/** What it said is no longer so. */
export function dismissToast(id: string): void {
  waiting = waiting.filter((toast) => toast.id !== id);
  shower?.dismiss(id);
}

/** Whether something was said that nothing shows yet. */
export const hasWaitingToasts = () => waiting.length > 0;

export function subscribeWaitingToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes over the showing, beginning with what waits. Returns the way to stop. */
export function takeToasts(taker: Shower): () => void {
  shower = taker;
  for (const toast of waiting) taker.show(toast);
  waiting = [];
  return () => {
    shower = null;
  };
}
