import { isRecord } from "../http.ts";
import type { BotMethod, MethodCall } from "./backend.ts";
import { longId } from "./backend.ts";
import { badRequest } from "./bot-api-error.ts";
import { assertBotMayWrite, resolveChat } from "./chats.ts";
import { readEnvelope, readThread } from "./envelope.ts";
import { findFileById, storeDocument, storePhoto } from "./files.ts";
import { appendMessage } from "./message-store.ts";
import { renderMessage } from "./render.ts";
import type { RichText } from "./rich-text.ts";
import type { StoredFile } from "./state.ts";
import { readCaption, readPartCaption, readText } from "./text.ts";

const CHAT_ACTIONS = new Set([
  "typing",
  "upload_photo",
  "record_video",
  "upload_video",
  "record_voice",
  "upload_voice",
  "upload_document",
  "choose_sticker",
  "find_location",
  "record_video_note",
  "upload_video_note",
]);

type MediaKind = "photo" | "document";

interface AlbumPart {
  file: StoredFile;
  kind: MediaKind;
  caption: RichText;
}

const sendMessage: BotMethod = ({ backend, params }) => {
  const { state } = backend.host;
  const content = readText(params);
  const { chat, place } = readEnvelope(state, params);
  return renderMessage(state, chat, appendMessage(backend.host, chat, { ...place, ...content }));
};

const sendPhoto: BotMethod = (call) => sendOne(call, "photo");
const sendDocument: BotMethod = (call) => sendOne(call, "document");

function sendOne(call: MethodCall, kind: MediaKind): unknown {
  const { host } = call.backend;
  const caption = readCaption(call.params);
  const { chat, place } = readEnvelope(host.state, call.params);
  const reference = call.params.upload(kind) === undefined ? call.params.string(kind) : kind;
  if (reference === undefined || reference === "") throw badRequest(`there is no ${kind} in the request`);
  const file = readFile(call, reference, kind);
  const message = appendMessage(host, chat, { ...place, ...caption, ...fileMembers(kind, file) });
  return renderMessage(host.state, chat, message);
}

const sendMediaGroup: BotMethod = (call) => {
  const { host } = call.backend;
  const parts = call.params.json("media");
  if (!Array.isArray(parts)) throw badRequest("media must be an Array");
  if (parts.length < 2) throw badRequest("too few messages to send as an album");
  if (parts.length > 10) throw badRequest("too many messages to send as an album");
  const kinds = parts.map(readKind);
  if (new Set(kinds).size > 1) throw badRequest("document can't be mixed with other media types");
  const { chat, place } = readEnvelope(host.state, call.params);
  const album = parts.map((part) => readPart(call, part));
  const mediaGroupId = longId();
  const sent = album.map(({ caption, kind, file }) =>
    appendMessage(host, chat, { ...place, ...caption, mediaGroupId, ...fileMembers(kind, file) }),
  );
  return sent.map((message) => renderMessage(host.state, chat, message));
};

function readKind(part: unknown): MediaKind {
  const type = isRecord(part) ? part.type : undefined;
  if (type === "photo" || type === "document") return type;
  throw badRequest("can't parse media JSON object");
}

function readPart(call: MethodCall, part: Record<string, unknown>): AlbumPart {
  const kind = readKind(part);
  const caption = readPartCaption(part);
  return { kind, caption, file: readFile(call, String(part.media ?? ""), kind) };
}

/** An upload or a known file. URLs are not fetched. */
function readFile({ backend, params }: MethodCall, reference: string, kind: MediaKind): StoredFile {
  const upload = params.upload(reference);
  if (upload !== undefined)
    return kind === "photo" ? storePhoto(backend.files, upload) : storeDocument(backend.files, upload);
  if (/^https?:\/\//.test(reference)) throw badRequest("failed to get HTTP URL content");
  const known = findFileById(backend.host.state, reference);
  if (known === undefined) throw badRequest("wrong file identifier/HTTP URL specified");
  if (kind === "photo" && known.width === null) throw badRequest("can't use file of type Document as Photo");
  return known;
}

function fileMembers(kind: MediaKind, file: StoredFile): { photoFile: string } | { documentFile: string } {
  return kind === "photo" ? { photoFile: file.unique } : { documentFile: file.unique };
}

const sendChatAction: BotMethod = ({ backend, params }) => {
  const chat = resolveChat(backend.host.state, params.string("chat_id"));
  assertBotMayWrite(chat);
  readThread(chat, params);
  if (!CHAT_ACTIONS.has(params.string("action") ?? "")) throw badRequest("wrong parameter action in request");
  return true;
};

export const sendMethods: Record<string, BotMethod> = {
  sendMessage,
  sendPhoto,
  sendDocument,
  sendMediaGroup,
  sendChatAction,
};
