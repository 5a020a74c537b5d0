import {
  type CallOptions,
  type OutgoingMedia,
  type OutgoingMessage,
  type SentMessages,
  TelegramFailure,
} from "@pult/api/chats/engine/port.ts";
import type { Peer, TelegramUpdate, UpdateBatch } from "@pult/api/chats/engine/telegram.ts";
import { Api } from "telegram";
import type { AccountLink } from "./account-link.ts";
import type { FileLinks } from "./file-links.ts";
import { toInputPeer } from "./input.ts";
import type { AnyRequest } from "./link.ts";
import { toSentMessage } from "./tl-message.ts";
import { toLong } from "./tl-peers.ts";
import { fromEntities } from "./tl-text.ts";
import { toBatch } from "./tl-updates.ts";
import { toUploadedMedia, uploadFile } from "./upload.ts";

/** What sending needs of a connection. */
export interface SendingTools {
  account: AccountLink;
  files: FileLinks;
  emit(batch: UpdateBatch): void;
  /** @throws TelegramFailure when it carries none */
  findMedia(peer: Peer, messageId: number): Promise<Api.TypeMessageMedia>;
}

export async function sendMessage(
  tools: SendingTools,
  message: OutgoingMessage,
  options: CallOptions = {},
): Promise<SentMessages> {
  const { account } = tools;
  const media = await prepareMedia(tools, message, options);
  const request = toRequest(message, { media, selfId: account.userId });
  return await submit(tools, { request, message, options });
}

export async function forwardMessages(
  tools: SendingTools,
  input: { from: Peer; to: Peer; ids: readonly number[]; randomIds: readonly string[] },
): Promise<SentMessages> {
  const selfId = tools.account.userId;
  const request = new Api.messages.ForwardMessages({
    fromPeer: toInputPeer(input.from, selfId),
    toPeer: toInputPeer(input.to, selfId),
    id: [...input.ids],
    randomId: input.randomIds.map(toLong),
  });
  const message = { peer: input.to, text: "", entities: [], replyToMessageId: null, randomIds: input.randomIds };
  return await submit(tools, { request, message, options: {} });
}

type Sent = Pick<OutgoingMessage, "peer" | "text" | "entities" | "replyToMessageId"> & { randomIds: readonly string[] };

async function submit(
  { account, emit }: SendingTools,
  { request, message, options }: { request: AnyRequest<Api.TypeUpdates>; message: Sent; options: CallOptions },
): Promise<SentMessages> {
  let batch: UpdateBatch | null = null;
  const onAnswer = (answer: Api.TypeUpdates) => {
    batch = toSentBatch(answer, { message, selfId: account.userId });
    emit(batch);
  };
  try {
    await account.call(request, { ...options, onAnswer });
  } catch (error) {
    // It got there before, and the answer was lost on its way.
    if (error instanceof TelegramFailure && error.reason === "RANDOM_ID_DUPLICATE")
      return { messages: message.randomIds.map(() => null) };
    throw error;
  }
  return { messages: message.randomIds.map((randomId) => findSent(batch, randomId)) };
}

/** The shortest answer says neither whom nor what: the request does. */
function toSentBatch(
  answer: Api.TypeUpdates,
  { message, selfId }: { message: Sent; selfId: number | null },
): UpdateBatch {
  if (answer.className !== "UpdateShortSentMessage") return toBatch(answer, { selfId });
  const { peer, text, entities, replyToMessageId } = message;
  const sent = toSentMessage(answer, { chatId: peer.chatId, senderId: selfId, text, entities, replyToMessageId });
  const updates: TelegramUpdate[] = [
    { ...UNCOUNTED, type: "sent", randomId: message.randomIds[0] ?? "0", id: answer.id },
    { ...UNCOUNTED, pts: answer.pts, ptsCount: answer.ptsCount, type: "message", message: sent },
  ];
  return { users: [], groups: [], updates, seq: null, date: answer.date };
}

const UNCOUNTED = { channelId: null, pts: null, ptsCount: 0, qts: null };

function findSent(batch: UpdateBatch | null, randomId: string) {
  const updates = batch?.updates ?? [];
  const named = updates.find((update) => update.type === "sent" && update.randomId === randomId);
  if (named?.type !== "sent") return null;
  for (const update of updates)
    if ((update.type === "message" || update.type === "scheduled") && update.message.id === named.id)
      return update.message;
  return null;
}

async function prepareMedia(
  tools: SendingTools,
  { media, peer }: OutgoingMessage,
  { signal }: CallOptions,
): Promise<Api.TypeInputMedia[]> {
  const prepared: Api.TypeInputMedia[] = [];
  for (const one of media) {
    const input = await toInputMedia(tools, one, signal);
    // An album takes files that Telegram knows already.
    prepared.push(
      media.length > 1 && one.kind === "upload" ? await store(tools.account, { peer, input, signal }) : input,
    );
  }
  return prepared;
}

async function toInputMedia(
  { account, files, findMedia }: SendingTools,
  media: OutgoingMedia,
  signal: AbortSignal | undefined,
): Promise<Api.TypeInputMedia> {
  if (media.kind === "upload") {
    const file = await uploadFile(media, { files, dataCentre: account.dataCentre, signal });
    return toUploadedMedia(media, file);
  }
  return toKnownMedia(await findMedia(media.peer, media.messageId), media.spoiler);
}

async function store(
  account: AccountLink,
  { peer, input: media, signal }: { peer: Peer; input: Api.TypeInputMedia; signal: AbortSignal | undefined },
): Promise<Api.TypeInputMedia> {
  const request = new Api.messages.UploadMedia({ peer: toInputPeer(peer, account.userId), media });
  const spoiler = "spoiler" in media && Boolean(media.spoiler);
  return toKnownMedia(await account.call(request, { signal, repeats: true }), spoiler);
}

/** @throws TelegramFailure when it is no file */
export function toKnownMedia(media: Api.TypeMessageMedia, spoiler: boolean): Api.TypeInputMedia {
  if (media.className === "MessageMediaPhoto" && media.photo?.className === "Photo") {
    const { id, accessHash, fileReference } = media.photo;
    return new Api.InputMediaPhoto({ id: new Api.InputPhoto({ id, accessHash, fileReference }), spoiler });
  }
  if (media.className === "MessageMediaDocument" && media.document?.className === "Document") {
    const { id, accessHash, fileReference } = media.document;
    return new Api.InputMediaDocument({ id: new Api.InputDocument({ id, accessHash, fileReference }), spoiler });
  }
  throw new TelegramFailure("refused", "MEDIA_EMPTY");
}

function toRequest(
  message: OutgoingMessage,
  { media, selfId }: { media: Api.TypeInputMedia[]; selfId: number | null },
): AnyRequest<Api.TypeUpdates> {
  const { replyToMessageId: replyToMsgId, scheduleDate, silent, randomIds } = message;
  const placed = {
    peer: toInputPeer(message.peer, selfId),
    silent,
    ...(replyToMsgId !== null && { replyTo: new Api.InputReplyToMessage({ replyToMsgId }) }),
    ...(scheduleDate !== null && { scheduleDate }),
  };
  const list = fromEntities(message.entities, message.mentioned);
  // TL counts an empty list as present.
  const text = { message: message.text, ...(list.length > 0 && { entities: list }) };
  const [first, ...others] = media;
  const randomId = toLong(randomIds[0] ?? 0);
  if (!first) return new Api.messages.SendMessage({ ...placed, ...text, randomId });
  if (others.length === 0) return new Api.messages.SendMedia({ ...placed, ...text, media: first, randomId });
  const multiMedia = media.map((one, at) => {
    const words = at === 0 ? text : { message: "" };
    return new Api.InputSingleMedia({ ...words, media: one, randomId: toLong(randomIds[at] ?? 0) });
  });
  return new Api.messages.SendMultiMedia({ ...placed, multiMedia });
}
