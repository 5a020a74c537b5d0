import { Api } from "telegram/tl/index.js";
import type { Chat } from "../state.ts";
import { type Entry, listEntries, takePage } from "../world/history.ts";
import type { Located } from "../world/world.ts";
import { type Call, method } from "./method.ts";
import { RpcError } from "./rpc-error.ts";

export const historyMethods = [
  method(Api.messages.GetHistory, (call, request) => {
    const chat = call.chat(request.peer);
    return answerPage(call, chat, listEntries(call.world, chat, call.account), request);
  }),
  method(Api.messages.Search, search),
  method(Api.messages.SearchGlobal, searchGlobal),
  method(Api.messages.GetReplies, getReplies),
  method(Api.messages.GetMessages, (call, { id }) => getMessages(call, String(call.account.personId), id)),
  method(Api.channels.GetMessages, (call, { channel, id }) => getMessages(call, call.channel(channel).key, id)),
];

type PageRequest = Parameters<typeof takePage>[1];

function answerPage(
  call: Call,
  chat: Chat,
  entries: readonly Entry[],
  request: PageRequest,
): Api.messages.TypeMessages {
  const page = takePage(entries, request);
  const view = call.view();
  view.peer(chat);
  const messages = page.map(({ message }) => view.message(chat, message));
  const fields = { messages, ...view.peers() };
  const count = entries.length;
  if (chat.box !== null) {
    return new Api.messages.ChannelMessages({ ...fields, pts: chat.box.pts, count, topics: [] });
  }
  if (page.length === count) return new Api.messages.Messages(fields);
  return new Api.messages.MessagesSlice({ ...fields, count });
}

function search(call: Call, request: Api.messages.Search): Api.messages.TypeMessages {
  const chat = call.chat(request.peer);
  const entries = listEntries(call.world, chat, call.account).filter(
    ({ message }) =>
      matchesText(message, request.q) &&
      matchesFilter(message, request.filter) &&
      (!request.minDate || message.date > request.minDate) &&
      (!request.maxDate || message.date < request.maxDate),
  );
  return answerPage(call, chat, entries, request);
}

function matchesText({ text }: Entry["message"], query: string): boolean {
  return text.toLowerCase().includes(query.toLowerCase());
}

function matchesFilter({ media }: Entry["message"], filter: Api.TypeMessagesFilter): boolean {
  return filter instanceof Api.InputMessagesFilterEmpty || media !== null;
}

/** Over all chats, newest first; `offsetRate` is the date of the last one of the page before. */
function searchGlobal(call: Call, { q, offsetRate, limit }: Api.messages.SearchGlobal): Api.messages.TypeMessages {
  const found: Located[] = call.world.chatsOf(call.account).flatMap((chat) =>
    listEntries(call.world, chat, call.account)
      .filter(({ message }) => matchesText(message, q) && (!offsetRate || message.date < offsetRate))
      .map(({ message }) => ({ chat, message })),
  );
  const page = found.sort((a, b) => b.message.date - a.message.date).slice(0, Math.min(limit, 100));
  const view = call.view();
  const messages = page.map(({ chat, message }) => view.message(chat, message));
  const fields = { messages, ...view.peers() };
  if (page.length === found.length) return new Api.messages.Messages(fields);
  const nextRate = page.at(-1)?.message.date;
  return new Api.messages.MessagesSlice({ ...fields, count: found.length, nextRate });
}

/** The messages of a forum topic, or the answers to a message. */
function getReplies(call: Call, request: Api.messages.GetReplies): Api.messages.TypeMessages {
  const chat = call.chat(request.peer);
  const root = call.world.locate(call.world.boxKey(chat, call.account), Number(request.msgId))?.message;
  if (root === undefined) throw new RpcError("MSG_ID_INVALID");
  const entries = listEntries(call.world, chat, call.account).filter(
    ({ message }) => message.topic === root.uid || message.replyTo === root.uid,
  );
  return answerPage(call, chat, entries, request);
}

function getMessages(call: Call, boxKey: string, inputs: readonly Api.TypeInputMessage[]): Api.messages.TypeMessages {
  const view = call.view();
  const messages = inputs.map((input) => {
    const id = input instanceof Api.InputMessageID ? input.id : 0;
    const found = call.world.locate(boxKey, id);
    return found ? view.message(found.chat, found.message) : new Api.MessageEmpty({ id });
  });
  const pts = call.world.chat(boxKey)?.box?.pts;
  const fields = { messages, ...view.peers() };
  if (pts === undefined) return new Api.messages.Messages(fields);
  return new Api.messages.ChannelMessages({ ...fields, pts, count: messages.length, topics: [] });
}
