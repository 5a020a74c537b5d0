import type { Database } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { Customer } from "../actor.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { callInstagram } from "../instagram/connection.ts";
import { InstagramError } from "../instagram/instagram.ts";
import { perProcess } from "../per-process.ts";
import { storableText } from "../storable.ts";
import { selectConversations } from "./conversation-rows.ts";
import { refOf } from "./customer.ts";
import { markRead, sendAsCustomer } from "./customer-service.ts";
import { unsendMessage } from "./edit.ts";
import { isSending, recogniseEcho } from "./instagram-delivery.ts";
import { messageWriterOf } from "./message-writer.ts";
import { uploadPhoto } from "./photos.ts";
import { windowFrom } from "./reply-window.ts";
import { MAX_PHOTO_BYTES, MAX_PHOTOS, MAX_TEXT_LENGTH, type ReplyWindow } from "./schema.ts";
import { hashContent } from "./text.ts";

/** A message between a customer and the account. */
export interface DirectMessage {
  /** The person, as the account knows them. */
  customerId: string;
  username: string | null;
  /** Instagram's id of the message. */
  mid: string;
  /** When it was written. */
  at: Date;
  text: string;
  attachments: readonly { type: string; url?: string | undefined }[];
  /** The story that it answers. */
  storyUrl: string | null;
  replyToMid: string | null;
  /** Another app answers the conversation. */
  isStandby: boolean;
  openedBy: ReplyWindow["openedBy"];
}

/** Why something had no effect; null when it had one. `soon` asks to be called again. */
export type DeskNote = string | null | "soon";

/** Nothing that Instagram must be asked for is waited for then: words take its place. */
interface Attempt {
  isLast: boolean;
}

const clientIdOf = (mid: string): string => `ig:${mid}`;

/** A customer's message into their conversation, which it opens. Safe to repeat: Instagram's id is the client id. */
export async function receiveDirectMessage(ctx: Context, message: DirectMessage, attempt: Attempt): Promise<DeskNote> {
  const { customerId, mid, at, isStandby, openedBy, replyToMid } = message;
  if ((await findMessage(ctx.db, customerId, mid)) !== null) return "stored already";
  const content = await contentOf(ctx, message, attempt);
  if (content === "soon") return content;
  const quoted = replyToMid === null ? null : await findMessage(ctx.db, customerId, replyToMid);
  await sendAsCustomer(ctx, await customerOfInstagram(ctx, message, "customer"), {
    ...content,
    source: "instagram",
    clientId: clientIdOf(mid),
    contentHash: hashContent([mid]),
    ...(quoted === null ? {} : { replyToId: quoted }),
    ...(isStandby ? {} : { opens: windowFrom(openedBy, at, ctx.instagram) }),
  });
  return null;
}

/** What the account wrote: sent from here, or in Instagram itself, which the conversation then shows as an agent's. */
export async function receiveEcho(
  ctx: Context,
  message: DirectMessage & { accountName: string | null },
  attempt: Attempt,
): Promise<DeskNote> {
  const { customerId, mid, text, replyToMid, accountName } = message;
  if ((await findMessage(ctx.db, customerId, mid)) !== null) return "stored already";
  const echo = await recogniseEcho(ctx, { customerId, mid, text });
  if (echo === "soon" && !attempt.isLast) return "soon";
  if (echo === "own") return "sent from here";
  const content = await contentOf(ctx, message, attempt);
  if (content === "soon") return content;
  await messageWriterOf(ctx).write({
    ...content,
    conversation: refOf(await customerOfInstagram(ctx, message, "account")),
    kind: "agent",
    ownerRef: "system",
    author: { id: null, name: accountName ?? "Instagram" },
    source: "instagram",
    clientId: clientIdOf(mid),
    contentHash: hashContent([mid]),
    replyToId: replyToMid === null ? null : await findMessage(ctx.db, customerId, replyToMid),
  });
  return null;
}

interface Reference {
  customerId: string;
  mid: string;
}

/** A message was taken back by its sender. */
export async function receiveUnsend(ctx: Context, { customerId, mid }: Reference): Promise<DeskNote> {
  const messageId = await findMessage(ctx.db, customerId, mid);
  if (messageId === null) return "of a message that is not here";
  return (await unsendMessage(ctx, messageId)) ? null : "taken back already";
}

/** The customer has seen everything up to a message. */
export async function receiveSeen(ctx: Context, { customerId, mid }: Reference, attempt: Attempt): Promise<DeskNote> {
  const messageId = await findMessage(ctx.db, customerId, mid);
  if (messageId === null) {
    // What is just being sent may be seen before its id is stored.
    return !attempt.isLast && (await isSending(ctx.db, customerId)) ? "soon" : "of a message that is not here";
  }
  await markRead(ctx, customerFrom(customerId, null, null), messageId);
  return null;
}

/** Our message with an id of Instagram's: a customer's or an agent's. */
async function findMessage(db: Database, customerId: string, mid: string): Promise<number | null> {
  const [row] = rowsOf<{ id: number }>(
    await db.execute(sql`
      select m.id from messages m join conversations c on c.id = m.conversation_id
      where c.channel = 'instagram' and c.external_id = ${customerId} and m.client_id = ${clientIdOf(mid)}
      union all select message_id from instagram_sends where mid = ${mid}`),
  );
  return row?.id ?? null;
}

const customerFrom = (externalId: string, name: string | null, username: string | null): Customer => ({
  kind: "customer",
  namespace: "instagram",
  externalId,
  name,
  username,
  languageCode: null,
});

/** Instagram names people by an id alone: what they are called is asked for until it is known. */
async function customerOfInstagram(
  ctx: Context,
  { customerId, username }: DirectMessage,
  writer: Writer,
): Promise<Customer> {
  const [known] = await selectConversations(ctx.db, sql`c.channel = 'instagram' and c.external_id = ${customerId}`);
  const isNamed = known !== undefined && known.customerName !== customerId;
  const profile = isNamed ? null : await profileOf(ctx, customerId, writer);
  const name = isNamed ? known.customerName : (profile?.name ?? profile?.username ?? username);
  return customerFrom(customerId, name && storableText(name), profile?.username ?? username);
}

/** How long a person whose profile could not be read is not asked for again, and how many such people are remembered. */
const UNNAMED_MS = 10 * 60_000;
const MANY_UNNAMED = 1_000;

/** Instagram tells the name of those who have written to the account: what it refuses before that says nothing about later. */
type Writer = "customer" | "account";

/** By writer and person: Unix ms until which they are not asked for. */
const unnamedOf = perProcess(() => new Map<string, number>());

async function profileOf(ctx: Context, customerId: string, writer: Writer) {
  const { instagram, log, now } = ctx;
  const unnamed = unnamedOf(ctx);
  const place = `${writer} ${customerId}`;
  if (!instagram || (unnamed.get(place) ?? 0) > now().getTime()) return null;
  try {
    return await callInstagram({ ...ctx, instagram }, (api, token) => api.getProfile(token, customerId));
  } catch (error) {
    if (!(error instanceof InstagramError)) throw error;
    log.info({ reason: error.message }, "Cannot read the name of an Instagram customer; a later message asks again");
    if (unnamed.size >= MANY_UNNAMED) unnamed.clear();
    unnamed.set(place, now().getTime() + UNNAMED_MS);
    return null;
  }
}

/** Text and stored photos of a message. What cannot be loaded is named in the text with its address, so that nothing disappears. */
async function contentOf(ctx: Context, message: DirectMessage, attempt: Attempt) {
  const { text, attachments, storyUrl, openedBy } = message;
  const lines: string[] = [];
  const photoIds: string[] = [];
  if (openedBy === "storyReply") lines.push(named("reply to a story", storyUrl ?? undefined));
  if (text !== "") lines.push(text);
  for (const { type, url } of attachments) {
    if (type === "story_mention") lines.push(named("mention in a story", url));
    const isPhoto = (type === "image" || type === "story_mention") && url !== undefined && photoIds.length < MAX_PHOTOS;
    const loaded = isPhoto ? await loadPhoto(ctx, url, attempt) : null;
    if (loaded === "soon") return loaded;
    if (loaded) photoIds.push(loaded);
    else if (type !== "story_mention") lines.push(named(WORDS[type] ?? type.replaceAll("_", " "), url));
  }
  if (lines.length === 0 && photoIds.length === 0) lines.push("[a message that Instagram shows only in its app]");
  return { text: storableText(lines.join("\n")).slice(0, MAX_TEXT_LENGTH), photoIds };
}

const named = (what: string, url: string | undefined): string => `[${what}]${url ? ` ${url}` : ""}`;

const WORDS: Readonly<Record<string, string>> = {
  image: "photo",
  audio: "voice message",
  ig_reel: "reel",
  ig_post: "post",
  ephemeral: "photo or video that disappears",
  like_heart: "❤️",
};

/** @returns its id; null when it cannot be shown as a photo */
async function loadPhoto(ctx: Context, url: string, { isLast }: Attempt): Promise<string | null | "soon"> {
  if (!ctx.instagram) return null;
  try {
    return (await uploadPhoto(ctx, await ctx.instagram.api.download(url, { maxBytes: MAX_PHOTO_BYTES }))).id;
  } catch (error) {
    if (error instanceof InstagramError && error.failure === "down" && !isLast) return "soon";
    if (error instanceof InstagramError || error instanceof DomainError) return null;
    throw error;
  }
}
