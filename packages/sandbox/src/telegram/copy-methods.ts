import type { BotMethod, MethodCall } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import { type Chat, findMessage, resolveChat } from "./chats.ts";
import { readFile } from "./file-methods.ts";
import { appendMessage } from "./message-store.ts";
import { renderMessage } from "./render.ts";
import { type Envelope, readEnvelope } from "./send-methods.ts";
import type { StoredMessage } from "./state.ts";
import { readCaption, readEntities } from "./text.ts";

const sendFile =
  (fileField: string): BotMethod =>
  (call) => {
    const { host } = call.backend;
    const text = readCaption(call.params);
    const { chat, place } = readEnvelope(host.state, call.params);
    const reference = call.params.upload(fileField) === undefined ? call.params.string(fileField) : fileField;
    if (reference === undefined || reference === "") throw badRequest(`there is no ${fileField} in the request`);
    const documentFile = readFile(call, reference);
    const draft = { ...place, text, entities: readEntities(call.params), documentFile, fileField };
    return renderMessage(host.state, chat, appendMessage(host, chat, draft));
  };

const sendLocation: BotMethod = (call) => {
  const [latitude, longitude] = ["latitude", "longitude"].map((name) => Number(call.params.string(name)));
  const live = call.params.integer("live_period");
  return sendCard(call, { location: { latitude, longitude, ...(live === undefined ? {} : { live_period: live }) } });
};

const sendContact: BotMethod = (call) =>
  sendCard(call, {
    contact: { phone_number: call.params.string("phone_number"), first_name: call.params.string("first_name") },
  });

function sendCard(call: MethodCall, card: Record<string, unknown>): unknown {
  const { host } = call.backend;
  const { chat, place } = readEnvelope(host.state, call.params);
  return renderMessage(host.state, chat, appendMessage(host, chat, { ...place, card }));
}

/** Kinds that Telegram copies for no bot. */
const NOT_COPIED = ["invoice", "giveaway", "paid_media", "game", "story"];

function readSource({ backend, params }: MethodCall, messageId: number): StoredMessage {
  const from = resolveChat(backend.host.state, params.string("from_chat_id"));
  const message = findMessage(from, messageId);
  if (message === undefined) throw badRequest("message to copy not found");
  const isRefused = message.service !== null || NOT_COPIED.some((kind) => message.card?.[kind] !== undefined);
  if (isRefused) throw badRequest("message can't be copied");
  return message;
}

/** Without who wrote it: the phones show no forward's origin. */
function copyInto(call: MethodCall, { chat, place }: Envelope, messageId: number) {
  const { text, entities, photoFile, documentFile, fileField, card, mediaGroupId } = readSource(call, messageId);
  const content = { text, entities, photoFile, documentFile, fileField, card, mediaGroupId };
  return appendMessage(call.backend.host, chat, { ...place, ...content });
}

const readIds = ({ params }: MethodCall): number[] => {
  const ids = params.json("message_ids");
  if (!Array.isArray(ids) || ids.length === 0) throw badRequest("there are no messages to copy");
  return ids.map(Number);
};

const one =
  (present: (call: MethodCall, chat: Chat, message: StoredMessage) => unknown): BotMethod =>
  (call) => {
    const envelope = readEnvelope(call.backend.host.state, call.params);
    return present(call, envelope.chat, copyInto(call, envelope, call.params.integer("message_id") ?? 0));
  };

const several: BotMethod = (call) => {
  const envelope = readEnvelope(call.backend.host.state, call.params);
  return readIds(call).map((id) => ({ message_id: copyInto(call, envelope, id).messageId }));
};

export const copyMethods: Record<string, BotMethod> = {
  sendDocument: sendFile("document"),
  sendVideo: sendFile("video"),
  sendVideoNote: sendFile("video_note"),
  sendVoice: sendFile("voice"),
  sendAudio: sendFile("audio"),
  sendAnimation: sendFile("animation"),
  sendSticker: sendFile("sticker"),
  sendLocation,
  sendContact,
  copyMessage: one((_, __, { messageId }) => ({ message_id: messageId })),
  copyMessages: several,
  forwardMessage: one((call, chat, message) => renderMessage(call.backend.host.state, chat, message)),
  forwardMessages: several,
};
