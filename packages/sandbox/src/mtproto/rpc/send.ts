import type { BigInteger } from "big-integer";
import { Api } from "telegram/tl/index.js";
import type { Chat, Message } from "../state.ts";
import { type Done, type Draft, post, read } from "../world/messages.ts";
import { type Call, method } from "./method.ts";
import { fromPlains, toPlain, toPlains } from "./plain.ts";
import { toUpdates, wrap } from "./push.ts";
import { RpcError } from "./rpc-error.ts";

const MAX_TEXT = 4_096;
const KEPT_RANDOM_IDS = 2_000;

export const sendMethods = [
  method(Api.messages.SendMessage, sendMessage),
  method(Api.messages.SetTyping, setTyping),
  method(Api.messages.ReadHistory, readHistory),
  method(Api.messages.ReceivedMessages, () => []),
];

function sendMessage(call: Call, request: Api.messages.SendMessage): Api.TypeUpdates {
  const chat = call.chat(request.peer);
  const { message: text, clearDraft } = request;
  if (text.trim() === "") throw new RpcError("MESSAGE_EMPTY");
  if (text.length > MAX_TEXT) throw new RpcError("MESSAGE_TOO_LONG");
  const draft = { ...toDraft(call, chat, request), text, entities: toPlains(request.entities) };
  if (clearDraft) clearSavedDraft(call, chat);
  claimRandomId(call, request.randomId);
  const done = post(call.world, { chat, origin: call.origin }, draft);
  if (chat.kind !== "private" || done.change === undefined) return answerSends(call, chat, [[request.randomId, done]]);
  const { pts, count } = done.change;
  return new Api.UpdateShortSentMessage({
    out: true,
    id: call.view().id(chat, done.message),
    pts,
    ptsCount: count,
    date: done.message.date,
    entities: draft.entities.length > 0 ? fromPlains(draft.entities) : undefined,
  });
}

interface SendRequest {
  replyTo?: Api.TypeInputReplyTo;
  silent?: boolean;
}

/** What all ways of sending have in common. @throws RpcError when the account may not write there */
export function toDraft(call: Call, chat: Chat, { replyTo, silent }: SendRequest): Draft {
  const { personId } = call.account;
  const role = chat.members.find((member) => member.personId === personId)?.role;
  if (chat.kind === "channel" && role === "member") throw new RpcError("CHAT_WRITE_FORBIDDEN");
  const place = replyTo instanceof Api.InputReplyToMessage ? findPlace(call, chat, replyTo) : {};
  return { fromId: chat.kind === "channel" ? null : personId, isSilent: silent === true, ...place };
}

/** Which message it answers, and in which topic. */
function findPlace(call: Call, chat: Chat, { replyToMsgId, topMsgId }: Api.InputReplyToMessage): Partial<Message> {
  const key = call.world.boxKey(chat, call.account);
  const parent = call.world.locate(key, replyToMsgId)?.message;
  if (parent === undefined) throw new RpcError("REPLY_MESSAGE_ID_INVALID");
  const top = topMsgId ? call.world.locate(key, topMsgId)?.message.uid : undefined;
  const isTopic = chat.topics.some(({ uid }) => uid === parent.uid);
  return { replyTo: isTopic ? null : parent.uid, topic: isTopic ? parent.uid : (top ?? parent.topic) };
}

/** @throws RpcError for a repeat: the message is sent already */
export function claimRandomId({ account }: Call, randomId: BigInteger | undefined): void {
  if (randomId === undefined || randomId.isZero()) throw new RpcError("RANDOM_ID_INVALID");
  const text = String(randomId);
  if (account.randomIds.includes(text)) throw new RpcError("RANDOM_ID_DUPLICATE");
  account.randomIds.push(text);
  if (account.randomIds.length > KEPT_RANDOM_IDS) account.randomIds.shift();
}

/** The long form: which random id became which message, then the messages. */
export function answerSends(call: Call, chat: Chat, sent: readonly [BigInteger | undefined, Done][]): Api.TypeUpdates {
  const view = call.view();
  const ids = sent.flatMap(([randomId, { message }]) =>
    randomId === undefined ? [] : [new Api.UpdateMessageID({ id: view.id(chat, message), randomId })],
  );
  const updates = sent.flatMap(([, { change }]) => (change ? toUpdates(view, chat, change) : []));
  return wrap(view, [...ids, ...updates], call.now) ?? new Api.UpdatesTooLong();
}

function clearSavedDraft(call: Call, chat: Chat): void {
  const dialog = call.world.dialog(chat, call.account);
  if (dialog.draft === null) return;
  dialog.draft = null;
  call.world.notify(call.account, { kind: "draft", chat }, call.origin);
}

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
  const chat = call.chat(peer);
  const change = readUpTo(call, chat, maxId);
  const { pts } = call.account.box;
  return new Api.messages.AffectedMessages({ pts: change?.pts ?? pts, ptsCount: change?.count ?? 0 });
}

/** `maxId` 0: everything. */
export function readUpTo(call: Call, chat: Chat, maxId: number) {
  const key = call.world.boxKey(chat, call.account);
  const upTo = chat.messages.findLast(({ ids }) => {
    const id = ids[key];
    return id !== undefined && (maxId <= 0 || id <= maxId);
  });
  return upTo && read(call.world, { chat, by: call.account.personId, origin: call.origin }, upTo);
}
