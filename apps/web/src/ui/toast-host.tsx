import { useState } from "react";
import { useStore } from "zustand";
import { lazyModule } from "./lazy.tsx";
import { waitingToasts } from "./toast-manager.ts";

const Toaster = lazyModule(() => import("./toaster.tsx")).part((module) => module.Toaster, { isSilent: true });

/** Where toasts are shown; fetched for the first one at the latest. Those said meanwhile wait. */
export function ToastHost() {
  const [isWanted, setWanted] = useState(false);
  const isWaiting = useStore(waitingToasts).length > 0;
  if (isWaiting && !isWanted) setWanted(true);
  return isWanted || isWaiting ? <Toaster /> : null;
}
