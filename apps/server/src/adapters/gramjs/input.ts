import { TelegramFailure } from "@pult/api/chats/engine/port.ts";
import { type Peer, readChatId } from "@pult/api/chats/engine/telegram.ts";
import { Api } from "telegram";
import { toLong } from "./tl-peers.ts";

/** @param selfId the account's own user, who needs no hash */
export function toInputPeer({ chatId, accessHash }: Peer, selfId: number | null): Api.TypeInputPeer {
  if (chatId === selfId) return new Api.InputPeerSelf();
  const { kind, id } = readChatId(chatId);
  const hash = toLong(accessHash ?? 0);
  if (kind === "group") return new Api.InputPeerChat({ chatId: toLong(id) });
  if (kind === "user") return new Api.InputPeerUser({ userId: toLong(id), accessHash: hash });
  return new Api.InputPeerChannel({ channelId: toLong(id), accessHash: hash });
}

export function toInputUser({ chatId, accessHash }: Peer, selfId: number | null): Api.TypeInputUser {
  if (chatId === selfId) return new Api.InputUserSelf();
  return new Api.InputUser({ userId: toLong(chatId), accessHash: toLong(accessHash ?? 0) });
}

/** @throws TelegramFailure when the chat is none */
export function toInputChannel({ chatId, accessHash }: Peer): Api.InputChannel {
  const { kind, id } = readChatId(chatId);
  if (kind !== "channel") throw new TelegramFailure("refused", "CHANNEL_INVALID");
  return new Api.InputChannel({ channelId: toLong(id), accessHash: toLong(accessHash ?? 0) });
}

export const isChannel = ({ chatId }: Peer): boolean => readChatId(chatId).kind === "channel";
