import { createHash } from "node:crypto";
import { storableText } from "../../storable.ts";
import type { InstagramEvent } from "../schema.ts";

/** An event of a webhook, with what makes it the same event however often it comes. */
export interface ReadEvent {
  accountId: string;
  kind: string;
  key: string;
  event: InstagramEvent;
  /** As Meta sent it. */
  source: unknown;
}

/**
 * Reads a webhook: Meta's (`entry[]` with `changes[]`, `messaging[]` or `standby[]`, or with `field` and `value` directly), or the flat one of
 * the notification protocol's document. A field that is not known becomes an event of its own name, so that nothing is lost.
 * @param text JSON
 * @param receivedAt the time of events that say none
 * @throws SyntaxError for text that is not JSON, Error for JSON of another shape
 * @see https://developers.facebook.com/docs/instagram-platform/webhooks
 */
export function readWebhook(text: string, receivedAt: Date): ReadEvent[] {
  const body: unknown = JSON.parse(text, (_, value) => (typeof value === "string" ? storableText(value) : value));
  const { entry, eventType } = fieldsOf(body);
  if (Array.isArray(entry)) return entry.flatMap((one) => readEntry(fieldsOf(one), receivedAt));
  if (typeof eventType === "string") return [readFlat(fieldsOf(body), receivedAt)];
  throw new Error("Neither entries nor an event");
}

type Fields = Record<string, unknown>;

/** Where and when an entry's events happened. */
interface Place {
  accountId: string;
  at: Date;
}

function readEntry(entry: Fields, receivedAt: Date): ReadEvent[] {
  const place = { accountId: idOf(entry.id) ?? "", at: instantOf(entry.time) ?? receivedAt };
  return [
    ...listOf(entry.changes).map((change) => readChange(place, change)),
    ...listOf(entry.messaging).map((item) => readMessaging(place, item)),
    ...listOf(entry.standby).map((item) => readMessaging(place, item, { isStandby: true })),
    ...(typeof entry.field === "string" ? [readChange(place, { field: entry.field, value: entry.value })] : []),
  ];
}

function readChange(place: Place, change: Fields): ReadEvent {
  const field = textOf(change.field) || "unknown";
  const value = fieldsOf(change.value);
  if ("sender" in value && "recipient" in value) return readMessaging(place, value);
  const from = fieldsOf(value.from);
  const about = idOf(fieldsOf(value.media).id) ?? idOf(value.media_id);
  return eventOf(place, change, {
    kind: field,
    key: idOf(value.id) ?? idOf(value.comment_id) ?? idOf(value.media_id),
    senderId: idOf(from.id),
    username: textOf(from.username),
    content: textOf(value.text),
    ...(about === null ? {} : { about }),
  });
}

function readMessaging(place: Place, item: Fields, marks: Pick<InstagramEvent, "isStandby"> = {}): ReadEvent {
  const at = instantOf(item.timestamp) ?? place.at;
  const senderId = idOf(fieldsOf(item.sender).id);
  const given = (more: Omit<Given, "senderId" | "username">) =>
    eventOf({ ...place, at }, item, { senderId, username: "", ...marks, ...more });
  const [message, reaction, read] = [fieldsOf(item.message), fieldsOf(item.reaction), fieldsOf(item.read)];
  if (item.message) return given(readMessage(message));
  if (item.reaction) {
    const mid = idOf(reaction.mid);
    const key = mid && [mid, senderId, textOf(reaction.action), at.getTime()].join(":");
    const content = textOf(reaction.action) === "unreact" ? "" : textOf(reaction.emoji) || textOf(reaction.reaction);
    return given({ kind: "message_reactions", key, content, ...(mid ? { about: mid } : {}) });
  }
  if (item.read) return given({ kind: "messaging_seen", key: idOf(read.mid), content: "" });
  const kind = Object.keys(item).find((name) => !["sender", "recipient", "timestamp"].includes(name)) ?? "unknown";
  return given({ kind, key: idOf(fieldsOf(item[kind]).mid), content: textOf(fieldsOf(item[kind]).title) });
}

function readMessage(message: Fields): Omit<Given, "senderId" | "username"> {
  const mid = idOf(message.mid);
  const attachments = listOf(message.attachments).map((one) => {
    const url = textOf(fieldsOf(one.payload).url);
    return { type: textOf(one.type), ...(url ? { url } : {}) };
  });
  const isDeleted = message.is_deleted === true;
  const replyTo = fieldsOf(message.reply_to);
  const about = idOf(replyTo.mid) ?? idOf(fieldsOf(replyTo.story).id);
  return {
    kind: attachments.some(({ type }) => type === "story_mention") ? "story_mentions" : "messages",
    // Taking a message back is an event of its own, about the same id.
    key: mid && isDeleted ? `${mid}:deleted` : mid,
    content: textOf(message.text),
    ...(message.is_echo === true ? { isEcho: true as const } : {}),
    ...(isDeleted ? { isDeleted: true as const } : {}),
    ...(about === null ? {} : { about }),
    ...(attachments.length > 0 ? { attachments } : {}),
  };
}

function readFlat(body: Fields, receivedAt: Date): ReadEvent {
  const sender = fieldsOf(body.sender);
  const place = { accountId: idOf(body.accountId) ?? "", at: instantOf(body.timestamp) ?? receivedAt };
  return eventOf(place, body, {
    kind: textOf(body.eventType),
    key: idOf(body.id),
    senderId: idOf(sender.id),
    username: textOf(sender.username),
    content: textOf(fieldsOf(body.message).text) || textOf(fieldsOf(body.comment).text) || textOf(body.content),
  });
}

interface Given
  extends Pick<InstagramEvent, "content" | "isEcho" | "isDeleted" | "isStandby" | "about" | "attachments"> {
  kind: string;
  /** Null where Meta gives it no id. */
  key: string | null;
  senderId: string | null;
  username: string;
}

function eventOf({ accountId, at }: Place, source: Fields, given: Given): ReadEvent {
  const { kind, senderId, username, key: id, ...rest } = given;
  const key = id || createHash("sha256").update(JSON.stringify(source)).digest("hex");
  const sender = { ...(senderId === null ? {} : { id: senderId }), ...(username ? { username } : {}) };
  const event = { id: key, eventType: kind, sender, timestamp: at.toISOString(), accountId, ...rest };
  return { accountId, kind, key, event, source };
}

export const fieldsOf = (value: unknown): Fields =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Fields) : {};

const listOf = (value: unknown): Fields[] => (Array.isArray(value) ? value.map(fieldsOf) : []);

export const textOf = (value: unknown): string => (typeof value === "string" ? value : "");

const MAX_ID = 512;

export function idOf(value: unknown): string | null {
  const id = typeof value === "number" ? String(value) : textOf(value);
  return id === "" || id.length > MAX_ID ? null : id;
}

/** Below it a number is seconds, not milliseconds: the year 5138, or March 1973. */
const FIRST_MS = 1e11;
/** The last instant of the year 9999. */
const LAST_MS = 253_402_300_799_999;

/** Seconds, milliseconds or ISO 8601. @returns null for anything else */
function instantOf(value: unknown): Date | null {
  const number = typeof value === "string" && /^\d{1,15}$/.test(value) ? Number(value) : value;
  const ms =
    typeof number === "number" ? Math.round(number < FIRST_MS ? number * 1000 : number) : Date.parse(textOf(value));
  return ms > 0 && ms <= LAST_MS ? new Date(ms) : null;
}
