"use client";

import { createSerializer, parseAsInteger, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";
import { VIEWS } from "./inbox-view.ts";

const PANELS = ["customer"] as const;
const parsers = {
  view: parseAsStringLiteral(VIEWS).withDefault("mine"),
  /** Open conversation. */
  c: parseAsInteger,
  q: parseAsString.withDefault(""),
  /** Narrow screens: the customer over the thread. */
  panel: parseAsStringLiteral(PANELS),
};

/** The address of a state of the inbox. */
export const inboxHref = createSerializer(parsers);

/** What belongs in the address: view, search, open conversation, open panel. */
export function useInboxAddress() {
  const [address, setAddress] = useQueryStates(parsers, { history: "replace", shallow: true });
  return {
    ...address,
    setAddress,
    /** A step of its own in the history, so that "back" leads to the list on a phone. */
    openConversation: (id: number | null) => setAddress({ c: id, panel: null }, { history: "push" }),
  };
}
