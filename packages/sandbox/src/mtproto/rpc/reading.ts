import { Api } from "telegram/tl/index.js";
import type { Chat } from "../state.ts";
import { read } from "../world/messages.ts";
import { type Call, method } from "./method.ts";
import { toPlain } from "./plain.ts";

export const readingMethods = [
  method(Api.messages.SetTyping, setTyping),
  method(Api.messages.ReadHistory, readHistory),
  method(Api.channels.ReadHistory, (call, { channel, maxId }) => {
    readUpTo(call, call.channel(channel), maxId);
    return true;
  }),
  method(Api.messages.ReadMessageContents, (call) => toAffected(call, undefined)),
  method(Api.channels.ReadMessageContents, (call, { channel }) => call.channel(channel) !== undefined),
  method(Api.messages.ReceivedMessages, () => []),
];

function setTyping(call: Call, { peer, action }: Api.messages.SetTyping): boolean {
  const chat = call.chat(peer);
  const { personId } = call.account;
  const plain = toPlain(action);
  for (const account of call.world.accountsIn(chat)) {
    if (account !== call.account) call.world.notify(account, { kind: "typing", chat, personId, action: plain });
  }
  call.world.host.emit({ type: "mtproto", typing: { chat: chat.key, personId, action: plain._ } });
  return true;
}

function readHistory(call: Call, { peer, maxId }: Api.messages.ReadHistory): Api.messages.AffectedMessages {
  return toAffected(call, readUpTo(call, call.chat(peer), maxId));
}

function toAffected(call: Call, change: { pts: number; count: number } | undefined): Api.messages.AffectedMessages {
  const { pts } = call.account.box;
  return new Api.messages.AffectedMessages({ pts: change?.pts ?? pts, ptsCount: change?.count ?? 0 });
}

/** `maxId` 0: everything. */
function readUpTo(call: Call, chat: Chat, maxId: number) {
  const key = call.world.boxKey(chat, call.account);
  const upTo = chat.messages.findLast(({ ids }) => {
    const id = ids[key];
    return id !== undefined && (maxId <= 0 || id <= maxId);
  });
  return upTo && read(call.world, { chat, by: call.account.personId, origin: call.origin }, upTo);
}
