"use client";

import dynamic from "next/dynamic";
import { useState, useSyncExternalStore } from "react";
import { hasWaitingToasts, subscribeWaitingToasts } from "./toast-manager.ts";

const Toaster = dynamic(() => import("./toaster.tsx").then((module) => module.Toaster), { ssr: false });

/** Where toasts are shown; fetched when there is the first one. */
export function ToastHost(props: { label: string; closeLabel: string }) {
  const [isWanted, setWanted] = useState(false);
  const isWaiting = useSyncExternalStore(subscribeWaitingToasts, hasWaitingToasts, () => false);
  if (isWaiting && !isWanted) setWanted(true);
  return isWanted || isWaiting ? <Toaster {...props} /> : null;
}
