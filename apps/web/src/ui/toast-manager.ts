"use client";

import { Toast } from "@base-ui/react/toast";
import type { LucideIcon } from "lucide-react";

export type ToastData = {
  icon?: LucideIcon;
  tone?: "neutral" | "warning" | "danger";
  action?: { label: string; keys?: string; run: () => void };
};

const TIMEOUT_MS = 6000;

/** One for the page, so that what is not a component may speak too. */
export const toastManager = Toast.createToastManager<ToastData>();

export type ToastInput = ToastData & { title: string; description?: string };

/** Says one thing for six seconds (an error: ten), bottom left. Returns its id. */
export function showToast({ title, description, ...data }: ToastInput): string {
  const isFailure = data.tone === "danger";
  return toastManager.add({
    title,
    description,
    data,
    timeout: isFailure ? TIMEOUT_MS + 4000 : TIMEOUT_MS,
    priority: isFailure ? "high" : "low",
  });
}
