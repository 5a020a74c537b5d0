import { type ThreadItem as KitItem, threadItems } from "../../thread/items.ts";
import type { Unsent } from "../send-box.ts";
import type { ChatMessage } from "./chat-thread.ts";

/** A message as a row shows it: photos and files that were sent together are one. */
export type ShownMessage = ChatMessage & {
  /** The messages of the row, the first one included. */
  album: readonly ChatMessage[];
};

export type ChatItem =
  | KitItem<ShownMessage, Unsent>
  | { type: "start"; key: string }
  | { type: "new"; key: string; count: number };

type Input = {
  messages: readonly ChatMessage[];
  unsent: readonly Unsent[];
  hasMore: boolean;
  /** The newest message that was read when the chat was opened; others' after it are new. */
  readId: number | null;
  dayOf(iso: string): string;
};

const isUnsent = (entry: ChatMessage | Unsent): entry is Unsent => "isAccepted" in entry;
const handOf = (entry: ChatMessage | Unsent) => (isUnsent(entry) || entry.isOutgoing ? "own" : entry.senderId);
const isService = (entry: ChatMessage | Unsent) => !isUnsent(entry) && entry.isService;

/** An album is a row of its own: the first message, with the words of the one that has some. */
function withAlbums(messages: readonly ChatMessage[]): ShownMessage[] {
  const shown: ShownMessage[] = [];
  for (const message of messages) {
    const above = shown.at(-1);
    const isSameAlbum = above && message.groupId !== null && above.groupId === message.groupId;
    if (isSameAlbum && handOf(above) === handOf(message))
      shown.splice(-1, 1, { ...above, text: above.text || message.text, album: [...above.album, message] });
    else shown.push({ ...message, album: [message] });
  }
  return shown;
}

/** A long text leaves in several messages with one client id: only the first may take the place of what was shown unsent. */
const withoutRepeats = (messages: readonly ShownMessage[]) =>
  messages.map((message, at) => {
    const isRepeat = message.clientId !== null && messages[at - 1]?.clientId === message.clientId;
    return isRepeat ? { ...message, clientId: null } : message;
  });

/** The rows of a chat, with its beginning and the line above what is new. */
export function chatItems({ messages, unsent, hasMore, readId, dayOf }: Input): ChatItem[] {
  const isNew = ({ id, isOutgoing }: ChatMessage) => readId !== null && id > readId && !isOutgoing;
  const shown = withoutRepeats(withAlbums(messages));
  const firstNew = shown.find(isNew);
  const items: ChatItem[] = threadItems<ShownMessage, Unsent>({
    messages: shown,
    outgoing: unsent,
    dayOf,
    isOneHand: (above, below) =>
      below !== firstNew && !isService(above) && !isService(below) && handOf(above) === handOf(below),
  });
  if (firstNew) {
    const at = items.findIndex((item) => item.type === "message" && item.message === firstNew);
    items.splice(at, 0, { type: "new", key: "new", count: shown.filter(isNew).length });
  }
  if (!hasMore && shown.length > 0) items.unshift({ type: "start", key: "start" });
  return items;
}
