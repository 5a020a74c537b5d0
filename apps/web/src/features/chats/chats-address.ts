import { createSerializer, parseAsString, parseAsStringLiteral, useQueryStates } from "nuqs";

export const CHATS = "/chats";

const PANELS = ["info"] as const;
const LINKS = ["new", "again", "import"] as const;
const parsers = {
  /** Linked account; without one the default account. */
  account: parseAsString,
  /** Open chat. */
  chat: parseAsString,
  q: parseAsString.withDefault(""),
  /** The sheet that brings an account: a new one, the open one that has expired, or an export of one. */
  link: parseAsStringLiteral(LINKS),
  /** Below 1280 px: what is known of the chat, over the thread. */
  panel: parseAsStringLiteral(PANELS),
};

export const chatsHref = createSerializer(parsers);

/** What belongs in the address: account, open chat, search, what is open beside it. */
export function useChatsAddress() {
  const [address, setAddress] = useQueryStates(parsers, { history: "replace", shallow: true });
  return {
    ...address,
    setAddress,
    /** A step of its own in the history, so that "back" leads to the list on a phone. */
    openChat: (chat: string | null) => setAddress({ chat, panel: null }, { history: "push" }),
    openAccount: (account: string) => setAddress({ account, chat: null, q: null, panel: null }),
    setLinking: (link: (typeof LINKS)[number] | null) => setAddress({ link }),
  };
}
