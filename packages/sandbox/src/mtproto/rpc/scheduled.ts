import { Api } from "telegram/tl/index.js";
import type { Chat, Scheduled } from "../state.ts";
import { type Call, method } from "./method.ts";
import { wrap } from "./push.ts";
import { RpcError } from "./rpc-error.ts";

export const scheduledMethods = [
  method(Api.messages.GetScheduledHistory, (call, { peer }) => {
    const chat = call.chat(peer);
    return answerList(call, chat, call.backend.scheduler.list(chat, call.account));
  }),
  method(Api.messages.GetScheduledMessages, (call, { peer, id }) => {
    const chat = call.chat(peer);
    const wanted = call.backend.scheduler.list(chat, call.account).filter((one) => id.includes(one.id));
    return answerList(call, chat, wanted);
  }),
  method(Api.messages.SendScheduledMessages, sendScheduledMessages),
  method(Api.messages.DeleteScheduledMessages, deleteScheduledMessages),
];

function answerList(call: Call, chat: Chat, list: readonly Scheduled[]): Api.messages.Messages {
  const view = call.view();
  const messages = list.map(({ id, message }) => view.message(chat, message, { id }));
  return new Api.messages.Messages({ messages, ...view.peers() });
}

/** The updates of it go to every device, the caller's too. */
function sendScheduledMessages(call: Call, { peer, id }: Api.messages.SendScheduledMessages): Api.TypeUpdates {
  const chat = call.chat(peer);
  const own = new Set(call.backend.scheduler.list(chat, call.account));
  const wanted = [...own].filter((one) => id.includes(one.id));
  if (wanted.length === 0) throw new RpcError("MESSAGE_ID_INVALID");
  call.backend.scheduler.fire((one) => wanted.includes(one));
  return new Api.Updates({ updates: [], users: [], chats: [], date: call.now, seq: 0 });
}

function deleteScheduledMessages(call: Call, { peer, id }: Api.messages.DeleteScheduledMessages): Api.TypeUpdates {
  const chat = call.chat(peer);
  const { account, origin } = call;
  const messages = call.backend.scheduler.cancel({ chat, account, origin }, id);
  const view = call.view();
  const update = new Api.UpdateDeleteScheduledMessages({ peer: view.peer(chat), messages });
  return wrap(view, [update], call.now) ?? new Api.UpdatesTooLong();
}
