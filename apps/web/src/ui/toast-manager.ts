"use client";

import type { LucideIcon } from "lucide-react";

export type ToastInput = {
  title: string;
  description?: string;
  icon?: LucideIcon;
  tone?: "neutral" | "warning" | "danger";
  action?: { label: string; keys?: string; run: () => void };
};

type Show = (toast: ToastInput) => void;

let waiting: readonly ToastInput[] = [];
let show: Show | null = null;
const listeners = new Set<() => void>();

/** Says one thing for six seconds (a failure: ten), bottom left. From anywhere, component or not. */
export function showToast(toast: ToastInput): void {
  if (show) {
    show(toast);
    return;
  }
  waiting = [...waiting, toast];
  for (const listener of listeners) listener();
}

/** Whether something was said that nothing shows yet. */
export const hasWaitingToasts = () => waiting.length > 0;

export function subscribeWaitingToasts(listener: () => void): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Takes over the showing, beginning with what waits. Returns the way to stop. */
export function takeToasts(shower: Show): () => void {
  show = shower;
  for (const toast of waiting) shower(toast);
  waiting = [];
  return () => {
    show = null;
  };
}
