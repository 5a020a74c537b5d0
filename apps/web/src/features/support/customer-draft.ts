"use client";

import { useEffect, useState } from "react";

const keyOf = (userId: string) => `pult.miniApp.draft.${userId}`;

function read(userId: string): string {
  try {
    return localStorage.getItem(keyOf(userId)) ?? "";
  } catch {
    return "";
  }
}

/** For whoever sits at this browser next. */
export function forgetDraft(userId: string): void {
  try {
    localStorage.removeItem(keyOf(userId));
  } catch {
    // Nothing was kept.
  }
}

/** What is being written, kept by the browser: clients close pages without asking. */
export function useDraft(userId: string): [text: string, setText: (text: string) => void] {
  const [text, setText] = useState(() => read(userId));
  useEffect(() => {
    try {
      if (text) localStorage.setItem(keyOf(userId), text);
      else localStorage.removeItem(keyOf(userId));
    } catch {
      // A browser that keeps nothing: the draft lives as long as the page.
    }
  }, [text, userId]);
  return [text, setText];
}
