import type { MessageKind, Source } from "./schema.ts";
import { splitText } from "./text.ts";

/** One outside call that is still owed. */
export type OutboxTask =
  /** A part of a message's text, into the customer's topic or to his private chat. */
  | { type: "text"; to: "group" | "customer"; text: string; part: number; replyToId: number | null }
  /** A message's photos, as one album, with the text as caption when it is short. */
  | { type: "photos"; to: "group" | "customer"; photoKeys: string[]; caption: string; replyToId: number | null }
  /** A message was edited: its copy follows. */
  | { type: "edit"; to: "group" | "customer"; text: string }
  /** A customer was erased: his topic goes, with everything in it. It is about no message: `messageId` is 0. */
  | { type: "removeTopic"; chatId: number; threadId: number }
  /** Push to the customer's devices; `deviceIds` are those still to be tried, null all. */
  | { type: "push"; deviceIds: string[] | null };

export interface NewOutboxRow {
  lane: string;
  leg: "group" | "telegram" | "push";
  task: OutboxTask;
  /** Milliseconds from now before it is due. */
  delayMs: number;
}

export interface Outgoing {
  kind: MessageKind;
  source: Source;
  text: string;
  /** How the group names the author. */
  authorName: string;
  photoKeys: string[];
  replyToId: number | null;
  channel: string;
  externalId: string;
}

export interface DeliveryRules {
  /** A bot and a support group are configured. */
  group: boolean;
  /** A bot is configured. */
  telegram: boolean;
  /** How long a connected customer has to see a message before he gets a push; 0 when he is not connected. */
  pushDelayMs: number;
}

const TEXT_LIMIT = 4096;
const CAPTION_LIMIT = 1024;
/** A group without topics shows above each part whose words they are; the longest such line. @see label in telegram-delivery.ts */
const LABEL_ROOM = 300;

/** Messages of one Telegram chat leave in order, whatever conversation they belong to. */
export const GROUP_LANE = "telegram:group";
/** Pushes of one conversation leave in order, because a device shows them in the order in which they arrive. */
const PUSH_LANE = "push";
/** The lane of a row once its conversation has an id. */
export const laneOf = (row: NewOutboxRow, conversationId: number): string =>
  row.lane === PUSH_LANE ? `${PUSH_LANE}:c${conversationId}` : row.lane;
export const customerLane = (externalId: string): string => `telegram:${externalId}`;

/** What a new message owes the outside world, by leg, in the order in which it is to leave. */
export function planDeliveries(message: Outgoing, rules: DeliveryRules): NewOutboxRow[] {
  const rows: NewOutboxRow[] = [];
  if (rules.group && reachesGroup(message)) {
    rows.push(...telegramCalls({ ...message, text: groupText(message) }, "group"));
  }
  if (message.kind !== "agent" && !(message.kind === "greeting" && message.channel === "telegram")) return rows;
  if (rules.telegram && message.channel === "telegram") rows.push(...telegramCalls(message, "customer"));
  if (message.kind === "agent") {
    rows.push({ lane: PUSH_LANE, leg: "push", task: { type: "push", deviceIds: null }, delayMs: rules.pushDelayMs });
  }
  return rows;
}

/** The group sees what customers write and what agents answer elsewhere; notes and greetings stay where they are. */
function reachesGroup(message: Outgoing): boolean {
  return message.kind === "customer" || (message.kind === "agent" && message.source !== "group");
}

/** In the group everything comes from the bot, so an agent's words carry his name. */
function groupText(message: Outgoing): string {
  if (message.kind === "customer") return message.text;
  return message.text === "" ? message.authorName : `${message.authorName}: ${message.text}`;
}

function telegramCalls(message: Outgoing, to: "group" | "customer"): NewOutboxRow[] {
  const base =
    to === "group"
      ? { lane: GROUP_LANE, leg: "group" as const, delayMs: 0 }
      : { lane: customerLane(message.externalId), leg: "telegram" as const, delayMs: 0 };
  const { replyToId, photoKeys } = message;
  const room = to === "group" && message.kind === "customer" ? LABEL_ROOM : 0;
  const captioned = photoKeys.length > 0 && message.text.length <= CAPTION_LIMIT - room;
  const rows: NewOutboxRow[] = [];
  if (photoKeys.length > 0) {
    rows.push({ ...base, task: { type: "photos", to, photoKeys, caption: captioned ? message.text : "", replyToId } });
  }
  if (!captioned) {
    const parts = splitText(message.text, TEXT_LIMIT - room);
    rows.push(...parts.map((text, part) => ({ ...base, task: { type: "text" as const, to, text, part, replyToId } })));
  }
  return rows;
}

/** What an edit owes: only text that went out as one piece can be edited in place. */
export function planEdits(message: Outgoing, rules: DeliveryRules): NewOutboxRow[] {
  const rows: NewOutboxRow[] = [];
  if (rules.group && reachesGroup(message)) {
    rows.push({
      lane: GROUP_LANE,
      leg: "group",
      task: { type: "edit", to: "group", text: groupText(message) },
      delayMs: 0,
    });
  }
  if (rules.telegram && message.kind === "agent" && message.channel === "telegram") {
    rows.push({
      lane: customerLane(message.externalId),
      leg: "telegram",
      task: { type: "edit", to: "customer", text: message.text },
      delayMs: 0,
    });
  }
  return rows;
}
