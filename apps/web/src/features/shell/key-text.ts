"use client";

import { useSyncExternalStore } from "react";

const noSubscription = () => () => {};
const isApple = () => /Mac|iPhone|iPad/.test(navigator.platform);
const NAMES: Record<string, string> = { enter: "↵", escape: "esc", shift: "⇧" };

/** How keys are written on this keyboard: `mod+k` is ⌘K or Ctrl K. */
export function useKeyText() {
  const apple = useSyncExternalStore(noSubscription, isApple, () => false);
  return (keys: string): string => {
    const parts = keys.split("+").map((part) => {
      if (part === "mod") return apple ? "⌘" : "Ctrl";
      return NAMES[part] ?? part.toUpperCase();
    });
    return parts.join(apple ? "" : " ");
  };
}
