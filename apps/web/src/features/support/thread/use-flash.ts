"use client";

import { useCallback, useEffect, useState } from "react";

const FLASH_MS = 1_500;

/** Marks a message for a moment, so that the eye finds what was jumped to. */
export function useFlash() {
  const [flashedId, setFlashedId] = useState<number | null>(null);
  useEffect(() => {
    if (flashedId === null) return;
    const timer = setTimeout(() => setFlashedId(null), FLASH_MS);
    return () => clearTimeout(timer);
  }, [flashedId]);
  const flash = useCallback((messageId: number) => setFlashedId(messageId), []);
  return { flashedId, flash };
}
