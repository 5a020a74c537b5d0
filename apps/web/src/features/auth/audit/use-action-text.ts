"use client";

import { type Messages, useTranslations } from "next-intl";

type Known = keyof Messages["audit"]["action"];

/** `auth.keyCreated` as a key of messages, where a dot would mean a level. */
const keyOf = (action: string) => action.replaceAll(".", "_") as Known;

/** What was done, in words; an action that has none yet by its own name. */
export function useActionText() {
  const t = useTranslations("audit.action");
  return (action: string): string => (t.has(keyOf(action)) ? t(keyOf(action)) : action);
}
