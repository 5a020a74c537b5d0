import { Api } from "telegram/tl/index.js";
import type { Chat, Message } from "../state.ts";
import { listEntries } from "../world/history.ts";
import { type Done, edit, react, remove } from "../world/messages.ts";
import type { Located } from "../world/world.ts";
import { toMedia } from "./media-input.ts";
import { type Call, method } from "./method.ts";
import { toPlains } from "./plain.ts";
import { toUpdates, wrap } from "./push.ts";
import { RpcError } from "./rpc-error.ts";

const MAX_TEXT = 4_096;

export const changeMethods = [
  method(Api.messages.EditMessage, editMessage),
  method(Api.messages.SendReaction, sendReaction),
  method(Api.messages.GetMessagesReactions, getMessagesReactions),
  method(Api.messages.DeleteMessages, deleteMessages),
  method(Api.channels.DeleteMessages, deleteChannelMessages),
  method(Api.messages.DeleteHistory, deleteHistory),
];

function find(call: Call, peer: unknown, id: number): Located {
  const chat = call.chat(peer);
  const found = call.world.locate(call.world.boxKey(chat, call.account), id);
  if (found?.chat !== chat) throw new RpcError("MESSAGE_ID_INVALID");
  return found;
}

/** The change as the caller's own update. */
function answer(call: Call, chat: Chat, { change }: Done): Api.TypeUpdates {
  const view = call.view();
  const updates = change ? toUpdates(view, chat, change) : [];
  return wrap(view, updates, call.now) ?? new Api.UpdatesTooLong();
}

function editMessage(
  call: Call,
  { peer, id, message: text, media, entities }: Api.messages.EditMessage,
): Api.TypeUpdates {
  const found = find(call, peer, id);
  const { message, chat } = found;
  const { personId } = call.account;
  if (!isOwn(call, chat, message)) throw new RpcError("MESSAGE_AUTHOR_REQUIRED");
  if ((text ?? "").length > MAX_TEXT) throw new RpcError("MESSAGE_TOO_LONG");
  const change = {
    text: text ?? message.text,
    entities: text === undefined || text === null ? message.entities : toPlains(entities),
    media: media ? toMedia(call, media) : message.media,
  };
  if (change.text === "" && change.media === null) throw new RpcError("MESSAGE_EMPTY");
  const isSame = (["text", "entities", "media"] as const).every(
    (member) => JSON.stringify(change[member]) === JSON.stringify(message[member]),
  );
  if (isSame) throw new RpcError("MESSAGE_NOT_MODIFIED");
  return answer(call, chat, edit(call.world, { ...found, origin: call.origin, by: personId }, change));
}

function isOwn({ account }: Call, chat: Chat, { fromId }: Message): boolean {
  if (fromId !== null) return fromId === account.personId;
  return chat.members.some(({ personId, role }) => personId === account.personId && role !== "member");
}

function sendReaction(call: Call, { peer, msgId, reaction }: Api.messages.SendReaction): Api.TypeUpdates {
  const found = find(call, peer, Number(msgId));
  const [first] = reaction ?? [];
  if (first && !(first instanceof Api.ReactionEmoji && first.emoticon)) throw new RpcError("REACTION_INVALID");
  const emoji = first instanceof Api.ReactionEmoji ? first.emoticon : null;
  const by = call.account.personId;
  return answer(call, found.chat, react(call.world, { ...found, origin: call.origin, by }, emoji));
}

function getMessagesReactions(call: Call, { peer, id }: Api.messages.GetMessagesReactions): Api.TypeUpdates {
  const view = call.view();
  const updates = id.map((msgId) => {
    const { chat, message } = find(call, peer, Number(msgId));
    return new Api.UpdateMessageReactions({
      peer: view.peer(chat),
      msgId: Number(msgId),
      reactions: view.reactions(message),
    });
  });
  return wrap(view, updates, call.now) ?? new Api.UpdatesTooLong();
}

/** Of private chats and basic groups, which it does not name; unknown ids are passed over. */
function deleteMessages(call: Call, { id, revoke }: Api.messages.DeleteMessages): Api.messages.AffectedMessages {
  const { account, origin, world } = call;
  const byChat = Map.groupBy(
    id.flatMap((one) => world.locate(String(account.personId), one) ?? []),
    ({ chat }) => chat,
  );
  let ptsCount = 0;
  for (const [chat, located] of byChat) {
    const messages = located.map(({ message }) => message);
    const scope = revoke ? { by: account } : { onlyFor: account };
    ptsCount += remove(world, { chat, origin, ...scope }, messages)?.count ?? 0;
  }
  return new Api.messages.AffectedMessages({ pts: account.box.pts, ptsCount });
}

function deleteChannelMessages(
  call: Call,
  { channel, id }: Api.channels.DeleteMessages,
): Api.messages.AffectedMessages {
  const chat = call.channel(channel);
  const messages = id.flatMap((one) => call.world.locate(chat.key, one)?.message ?? []);
  const isAdmin = isOwn(call, chat, { fromId: null } as Message);
  if (!isAdmin && !messages.every((message) => isOwn(call, chat, message)))
    throw new RpcError("MESSAGE_DELETE_FORBIDDEN");
  const change = remove(call.world, { chat, origin: call.origin, by: call.account }, messages);
  return new Api.messages.AffectedMessages({ pts: chat.box?.pts ?? 0, ptsCount: change?.count ?? 0 });
}

function deleteHistory(call: Call, { peer, maxId, revoke }: Api.messages.DeleteHistory): Api.messages.AffectedHistory {
  const chat = call.chat(peer);
  if (chat.box !== null) throw new RpcError("PEER_ID_INVALID");
  const { account, origin, world } = call;
  const entries = listEntries(world, chat, account).filter(({ id }) => maxId === 0 || id <= maxId);
  const scope = revoke ? { by: account } : { onlyFor: account };
  const messages = entries.map(({ message }) => message);
  const change = messages.length > 0 ? remove(world, { chat, origin, ...scope }, messages) : undefined;
  return new Api.messages.AffectedHistory({ pts: account.box.pts, ptsCount: change?.count ?? 0, offset: 0 });
}
