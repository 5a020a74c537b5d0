"use client";

import { useEffect, useRef, useState } from "react";
import { useDesk } from "../desk-provider.tsx";
import type { Draft } from "./draft-store.ts";

const SAVE_AFTER_MS = 300;

/** The draft of a conversation: there again after a reload, kept a moment after each change and at once when leaving. */
export function useDraft(conversationId: number) {
  const { drafts } = useDesk();
  const [draft, setDraft] = useState(() => drafts.read(conversationId));
  const [canKeep, setCanKeep] = useState(true);
  const latest = useRef(draft);
  const timer = useRef<ReturnType<typeof setTimeout>>(undefined);

  const save = () => {
    clearTimeout(timer.current);
    timer.current = undefined;
    return drafts.write(conversationId, latest.current, Date.now());
  };
  const update = (fields: Partial<Draft>) => {
    latest.current = { ...latest.current, ...fields };
    setDraft(latest.current);
    clearTimeout(timer.current);
    timer.current = setTimeout(() => {
      const kept = save();
      setCanKeep(kept !== null);
      if (kept) setDraft((current) => ({ ...current, savedAt: kept.savedAt }));
    }, SAVE_AFTER_MS);
  };
  const saveNow = useRef(save);
  saveNow.current = save;
  useEffect(() => {
    const leave = () => timer.current !== undefined && saveNow.current();
    window.addEventListener("pagehide", leave);
    return () => {
      window.removeEventListener("pagehide", leave);
      leave();
    };
  }, []);
  return { draft, update, canKeep };
}
