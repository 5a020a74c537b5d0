import type { Comment, Field, InstagramHost, InstagramState, Message } from "./state.ts";
import { findMedia, usernameOf } from "./state.ts";

/** What happened, as a member of a webhook's `entry`. */
export interface InstagramEvent {
  field: Field;
  /** Epoch ms. */
  at: number;
  /** The entry's member that holds the event: comments come as changes, messages as messaging. */
  content: { changes: [object] } | { messaging: [object] };
}

/**
 * Where the bytes of a picture are loaded, as from Meta's CDN. The address does not last: it follows the sandbox's port.
 */
export function pictureUrl({ origin }: InstagramHost, file: string): string {
  return `${origin}/instagram/cdn/${file}`;
}

/**
 * A comment. Meta's page of examples shows `field` and `value` directly in the entry for Instagram Login, its reference and
 * what apps receive have them in `changes`.
 * @see https://developers.facebook.com/docs/graph-api/webhooks/reference/instagram
 */
export function commentEvent({ state }: InstagramHost, comment: Comment): InstagramEvent {
  const { id, mediaId, parentId, fromId, text, at, isOnAir } = comment;
  const isOwn = fromId === state.account.id;
  const value = {
    from: { id: fromId, username: usernameOf(state, fromId), ...(isOwn ? { self_ig_scoped_id: fromId } : {}) },
    media: { id: mediaId, media_product_type: isOnAir ? "LIVE" : productOf(state, mediaId) },
    id,
    ...(parentId === null ? {} : { parent_id: parentId }),
    text,
  };
  const field = isOnAir ? "live_comments" : "comments";
  return { field, at, content: { changes: [{ field, value }] } };
}

function productOf(state: InstagramState, mediaId: string | null): string {
  return findMedia(state, mediaId)?.kind === "story" ? "STORY" : "FEED";
}

/** Tells ids only: the text is read by the API. */
export function mentionEvent({ id, at }: Comment, foreignMediaId: string): InstagramEvent {
  const value = { media_id: foreignMediaId, comment_id: id };
  return { field: "mentions", at, content: { changes: [{ field: "mentions", value }] } };
}

/** A message of the person, or an echo of the account's own. */
export function messageEvent(host: InstagramHost, message: Message): InstagramEvent {
  const { mid, text, attachment, by, at } = message;
  const content = {
    mid,
    ...(text === "" ? {} : { text }),
    ...(attachment === null ? {} : { attachments: [renderAttachment(host, attachment)] }),
    ...renderReplyTo(host, message),
    ...(by === "person" ? {} : { is_echo: true }),
  };
  return messagingEvent(host, message, { field: "messages", at, content: { message: content } });
}

/** A message that its sender took back. */
export function unsendEvent(host: InstagramHost, message: Message, at: number): InstagramEvent {
  return messagingEvent(host, message, {
    field: "messages",
    at,
    content: { message: { mid: message.mid, is_deleted: true } },
  });
}

export function reactionEvent(host: InstagramHost, message: Message, at: number): InstagramEvent {
  const { mid, personId, reaction: emoji } = message;
  const reaction =
    emoji === null
      ? { mid, action: "unreact" }
      : { mid, action: "react", reaction: /^\u2764/.test(emoji) ? "love" : "other", emoji };
  return messagingEvent(host, { personId, by: "person" }, { field: "message_reactions", at, content: { reaction } });
}

export function seenEvent(host: InstagramHost, { mid, personId }: Message, at: number): InstagramEvent {
  const content = { read: { mid } };
  return messagingEvent(host, { personId, by: "person" }, { field: "messaging_seen", at, content });
}

function messagingEvent(
  { state }: InstagramHost,
  { personId, by }: Pick<Message, "personId" | "by">,
  { field, at, content }: { field: Field; at: number; content: object },
): InstagramEvent {
  const [senderId, recipientId] = by === "person" ? [personId, state.account.id] : [state.account.id, personId];
  const item = { sender: { id: senderId }, recipient: { id: recipientId }, timestamp: at, ...content };
  return { field, at, content: { messaging: [item] } };
}

export function renderAttachment(host: InstagramHost, { type, file, url }: NonNullable<Message["attachment"]>) {
  return { type, payload: { url: file === null ? url : pictureUrl(host, file) } };
}

function renderReplyTo(host: InstagramHost, { replyToMid, storyId }: Message): object {
  const story = findMedia(host.state, storyId);
  if (story !== undefined) return { reply_to: { story: { id: story.id, url: pictureUrl(host, story.file) } } };
  return replyToMid === null ? {} : { reply_to: { mid: replyToMid } };
}

/**
 * The body of a webhook. Entries of messages tell their time in milliseconds, those of changes in seconds.
 * @param lateMs by how much all times lie back
 */
export function renderWebhook({ state }: InstagramHost, events: readonly InstagramEvent[], lateMs: number): string {
  const entry = events.map(({ at, content }) => {
    const time = at - lateMs;
    if ("changes" in content) return { id: state.account.id, time: Math.floor(time / 1000), ...content };
    const messaging = content.messaging.map((item) => ({ ...item, timestamp: time }));
    return { id: state.account.id, time, messaging };
  });
  return escapeJson(JSON.stringify({ object: "instagram", entry }));
}

/** As Meta writes JSON, and signs it: slashes and everything beyond ASCII escaped, in lower case. */
function escapeJson(json: string): string {
  const unit = (letter: string) => `\\u${letter.charCodeAt(0).toString(16).padStart(4, "0")}`;
  return json.replaceAll("/", "\\/").replaceAll(/[\u0080-\uffff]/g, unit);
}
