import type { BigInteger } from "big-integer";
import { Api } from "telegram/tl/index.js";
import type { Chat, Message } from "../state.ts";
import { type Done, type Draft, post } from "../world/messages.ts";
import { toMedia } from "./media-input.ts";
import { type Call, method } from "./method.ts";
import { fromPlains, toPlains } from "./plain.ts";
import { toUpdates, wrap } from "./push.ts";
import { RpcError } from "./rpc-error.ts";

const MAX_TEXT = 4_096;
const MAX_CAPTION = 1_024;
const MAX_ALBUM = 10;
const KEPT_RANDOM_IDS = 2_000;

export const sendMethods = [
  method(Api.messages.SendMessage, sendMessage),
  method(Api.messages.SendMedia, sendMedia),
  method(Api.messages.SendMultiMedia, sendAlbum),
  method(Api.messages.UploadMedia, uploadMedia),
  method(Api.messages.ForwardMessages, forwardMessages),
];

/** A message on its way, by the id that keeps repeats apart. */
interface Outgoing {
  randomId: BigInteger | undefined;
  draft: Draft;
}

interface SendRequest {
  replyTo?: Api.TypeInputReplyTo;
  silent?: boolean;
  clearDraft?: boolean;
}

function sendMessage(call: Call, request: Api.messages.SendMessage): Api.TypeUpdates {
  const chat = call.chat(request.peer);
  const { message: text, entities, randomId, scheduleDate } = request;
  if (text.trim() === "") throw new RpcError("MESSAGE_EMPTY");
  const draft = { ...toDraft(call, chat, request), ...toText(text, entities, MAX_TEXT) };
  if (isLater(call, scheduleDate)) return schedule(call, chat, { dueAt: scheduleDate, items: [{ randomId, draft }] });
  const [done] = sendNow(call, chat, [{ randomId, draft }]);
  if (chat.kind === "private" && done?.change !== undefined) return toShortSent(call, chat, done);
  return answerSends(call, chat, done ? [[randomId, done]] : []);
}

/** Plain text to a person is answered in the short form. */
function toShortSent(call: Call, chat: Chat, { message, change }: Done): Api.UpdateShortSentMessage {
  return new Api.UpdateShortSentMessage({
    out: true,
    id: call.view().id(chat, message),
    pts: change?.pts ?? 0,
    ptsCount: change?.count ?? 0,
    date: message.date,
    entities: message.entities.length > 0 ? fromPlains(message.entities) : undefined,
  });
}

function sendMedia(call: Call, request: Api.messages.SendMedia): Api.TypeUpdates {
  const chat = call.chat(request.peer);
  const { message, entities, randomId, scheduleDate } = request;
  const text = toText(message, entities, MAX_CAPTION);
  const place = toDraft(call, chat, request);
  assertNew(call, randomId);
  const draft = { ...place, ...text, media: toMedia(call, request.media) };
  return send(call, chat, { dueAt: scheduleDate, items: [{ randomId, draft }] });
}

/** An album. Its files were uploaded, and named by `uploadMedia`, before. */
function sendAlbum(call: Call, request: Api.messages.SendMultiMedia): Api.TypeUpdates {
  const chat = call.chat(request.peer);
  const { multiMedia, scheduleDate } = request;
  if (multiMedia.length === 0 || multiMedia.length > MAX_ALBUM) throw new RpcError("MULTI_MEDIA_TOO_LONG");
  const place = { ...toDraft(call, chat, request), album: takeAlbumId(call) };
  for (const { randomId } of multiMedia) assertNew(call, randomId);
  const items = multiMedia.map(({ media, randomId, message, entities }) => {
    const text = toText(message, entities, MAX_CAPTION);
    return { randomId, draft: { ...place, ...text, media: toMedia(call, media) } };
  });
  return send(call, chat, { dueAt: scheduleDate, items });
}

function uploadMedia(call: Call, { peer, media }: Api.messages.UploadMedia): Api.TypeMessageMedia {
  call.chat(peer);
  return call.view().media.toMedia(toMedia(call, media)) ?? new Api.MessageMediaEmpty();
}

function forwardMessages(call: Call, request: Api.messages.ForwardMessages): Api.TypeUpdates {
  const [source, chat] = [call.chat(request.fromPeer), call.chat(request.toPeer)];
  const key = call.world.boxKey(source, call.account);
  const place = toDraft(call, chat, request);
  const albums = new Map<string, string>();
  const items = request.id.map((id, index) => {
    const found = call.world.locate(key, Number(id));
    if (found?.chat !== source || found.message.action !== null) throw new RpcError("MESSAGE_ID_INVALID");
    const { text, entities, media, album } = found.message;
    if (album !== null && !albums.has(album)) albums.set(album, takeAlbumId(call));
    const copy = { text, entities, media, album: album === null ? null : (albums.get(album) ?? null) };
    const forward = request.dropAuthor ? null : toForward(source, found.message);
    return { randomId: request.randomId?.[index], draft: { ...place, ...copy, forward } };
  });
  return send(call, chat, { dueAt: request.scheduleDate, items });
}

/** A forward of a forward names the first author. */
function toForward(source: Chat, { forward, fromId, date }: Message): Message["forward"] {
  return forward ?? { fromId, name: null, channel: fromId === null ? source.key : null, date };
}

function toText(text: string, entities: Api.TypeMessageEntity[] | undefined, max: number) {
  if (text.length > max) throw new RpcError(max === MAX_TEXT ? "MESSAGE_TOO_LONG" : "MEDIA_CAPTION_TOO_LONG");
  return { text, entities: toPlains(entities) };
}

/** As long as real ones are: beyond 53 bits. */
function takeAlbumId({ world }: Call): string {
  return String(13_000_000_000_000_000n + BigInt(world.takeId()));
}

/** What all ways of sending have in common. @throws RpcError when the account may not write there */
function toDraft(call: Call, chat: Chat, { replyTo, silent, clearDraft }: SendRequest): Draft {
  const { personId } = call.account;
  const role = chat.members.find((member) => member.personId === personId)?.role;
  if (chat.kind === "channel" && role === "member") throw new RpcError("CHAT_WRITE_FORBIDDEN");
  const place = replyTo instanceof Api.InputReplyToMessage ? findPlace(call, chat, replyTo) : {};
  if (clearDraft) clearSavedDraft(call, chat);
  return { fromId: chat.kind === "channel" ? null : personId, isSilent: silent === true, ...place };
}

/** Which message it answers, and in which topic. */
function findPlace(call: Call, chat: Chat, { replyToMsgId, topMsgId }: Api.InputReplyToMessage): Partial<Message> {
  const key = call.world.boxKey(chat, call.account);
  const parent = call.world.locate(key, replyToMsgId);
  if (parent?.chat !== chat) throw new RpcError("REPLY_MESSAGE_ID_INVALID");
  const { uid, topic } = parent.message;
  const top = topMsgId ? call.world.locate(key, topMsgId)?.message.uid : undefined;
  const isTopic = chat.topics.some((one) => one.uid === uid);
  return isTopic ? { replyTo: null, topic: uid } : { replyTo: uid, topic: top ?? topic };
}

function clearSavedDraft(call: Call, chat: Chat): void {
  const dialog = call.world.dialog(chat, call.account);
  if (dialog.draft === null) return;
  dialog.draft = null;
  call.world.notify(call.account, { kind: "draft", chat }, call.origin);
}

function isLater({ now }: Call, scheduleDate: number | undefined): scheduleDate is number {
  return scheduleDate !== undefined && scheduleDate !== null && scheduleDate > now;
}

function send(
  call: Call,
  chat: Chat,
  { dueAt, items }: { dueAt: number | undefined; items: Outgoing[] },
): Api.TypeUpdates {
  if (isLater(call, dueAt)) return schedule(call, chat, { dueAt, items });
  const sent = sendNow(call, chat, items);
  return answerSends(
    call,
    chat,
    sent.map((done, index) => [items[index]?.randomId, done]),
  );
}

function sendNow(call: Call, chat: Chat, items: readonly Outgoing[]): Done[] {
  claimRandomIds(call, items);
  return items.map(({ draft }) => post(call.world, { chat, origin: call.origin }, draft));
}

function schedule(
  call: Call,
  chat: Chat,
  { dueAt, items }: { dueAt: number; items: readonly Outgoing[] },
): Api.TypeUpdates {
  claimRandomIds(call, items);
  const { account, origin } = call;
  const view = call.view();
  const updates = items.flatMap(({ randomId, draft }) => {
    const { id, message } = call.backend.scheduler.add({ chat, account, dueAt, origin }, draft);
    return [
      new Api.UpdateMessageID({ id, randomId: checkRandomId(randomId) }),
      new Api.UpdateNewScheduledMessage({ message: view.message(chat, message, { id }) }),
    ];
  });
  return wrap(view, updates, call.now) ?? new Api.UpdatesTooLong();
}

function checkRandomId(randomId: BigInteger | undefined): BigInteger {
  if (randomId === undefined || randomId.isZero()) throw new RpcError("RANDOM_ID_INVALID");
  return randomId;
}

/** @throws RpcError for a repeat: the message is sent already */
function assertNew({ account }: Call, randomId: BigInteger | undefined): void {
  if (account.randomIds.includes(String(checkRandomId(randomId)))) throw new RpcError("RANDOM_ID_DUPLICATE");
}

function claimRandomIds(call: Call, items: readonly Outgoing[]): void {
  for (const { randomId } of items) assertNew(call, randomId);
  const { randomIds } = call.account;
  randomIds.push(...items.map(({ randomId }) => String(randomId)));
  if (randomIds.length > KEPT_RANDOM_IDS) randomIds.splice(0, randomIds.length - KEPT_RANDOM_IDS);
}

/** The long form: which random id became which message, then the messages. */
function answerSends(call: Call, chat: Chat, sent: readonly [BigInteger | undefined, Done][]): Api.TypeUpdates {
  const view = call.view();
  const ids = sent.flatMap(([randomId, { message }]) =>
    randomId === undefined ? [] : [new Api.UpdateMessageID({ id: view.id(chat, message), randomId })],
  );
  const updates = sent.flatMap(([, { change }]) => (change ? toUpdates(view, chat, change) : []));
  return wrap(view, [...ids, ...updates], call.now) ?? new Api.UpdatesTooLong();
}
