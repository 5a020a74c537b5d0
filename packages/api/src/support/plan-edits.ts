import type { OutboxItem } from "../outbox/outbox.ts";
import type { StoredAttachment } from "./content.ts";
import { addressOf, type DeliveryPlan, reachesGroup, telegramItem } from "./plan-deliveries.ts";
import { conversationSubject } from "./subjects.ts";
import { type FilePart, formatted, type Outgoing, wordsFor } from "./telegram-calls.ts";
import type { TelegramPayload } from "./telegram-payload.ts";

/** How often a place that moves is shown anew in the group, which takes few calls a minute. */
const LIVE_STEP_MS = 30_000;

/** What an edit owes: only text that went out as one piece can be edited in place. */
export function planEdits(
  outgoing: Outgoing,
  plan: DeliveryPlan,
  replaced: readonly ReplacedFile[] = [],
): OutboxItem[] {
  const { message } = outgoing;
  const edits = (to: "group" | "customer"): OutboxItem[] => {
    const place = message.attachments?.find((one) => one.kind === "location");
    if (place) return [editOfPlace(outgoing, { to, place }, plan)];
    const { text, entities } = wordsFor(to, message);
    const address = addressOf(outgoing, to);
    if (replaced.length > 0)
      return replaced.map((file, at) => {
        const words = at === 0 ? { caption: text, ...formatted(entities) } : { caption: "" };
        return telegramItem(outgoing, { ...address, type: "editFile", ...file, ...words }, plan);
      });
    const payload: TelegramPayload = { ...address, type: "edit", text, ...formatted(entities) };
    return [{ ...telegramItem(outgoing, payload, plan), replaces: `edit:${message.id}` }];
  };
  return sidesOf(outgoing, plan).flatMap(edits);
}

/** A file that stands in the place of another. */
export type ReplacedFile = FilePart & { part: number };

/** The sides that have a copy of a message in Telegram. */
function sidesOf(outgoing: Outgoing, { routes }: DeliveryPlan): ("group" | "customer")[] {
  const { message, conversation } = outgoing;
  const sides: ("group" | "customer")[] = [];
  if (routes.group && reachesGroup(outgoing)) sides.push("group");
  if (routes.telegram && message.kind === "agent" && conversation.channel === "telegram") sides.push("customer");
  return sides;
}

/** Of a place that moves only the newest goes, at set times, and holds up nothing else. */
function editOfPlace(
  outgoing: Outgoing,
  { to, place }: { to: "group" | "customer"; place: Extract<StoredAttachment, { kind: "location" }> },
  plan: DeliveryPlan,
): OutboxItem {
  const { latitude, longitude, liveUntil } = place;
  const now = plan.now.getTime();
  const isOver = liveUntil === null || Date.parse(liveUntil) <= now;
  const payload: TelegramPayload = { ...addressOf(outgoing, to), type: "editPlace", latitude, longitude, isOver };
  const item = telegramItem(outgoing, payload, plan);
  return {
    ...item,
    queue: `${item.queue}:live`,
    priority: "bulk",
    dueAt: new Date(Math.ceil((now + 1) / LIVE_STEP_MS) * LIVE_STEP_MS),
    replaces: `edit:${outgoing.message.id}`,
  };
}

/** What taking a message back owes. */
export const planDeletions = (outgoing: Outgoing, plan: DeliveryPlan): OutboxItem[] =>
  sidesOf(outgoing, plan).map((to) => telegramItem(outgoing, { ...addressOf(outgoing, to), type: "delete" }, plan));

/** What a new name of the customer owes. */
export const planRename = (outgoing: Outgoing, plan: DeliveryPlan): OutboxItem[] =>
  plan.routes.group
    ? [
        {
          ...telegramItem(outgoing, { ...addressOf(outgoing, "group"), type: "rename" }, plan),
          subject: conversationSubject(outgoing.conversation.id),
          replaces: "rename",
        },
      ]
    : [];

/** What agents are told in the topic of an answer that did not reach the customer. */
export const planNotice = (outgoing: Outgoing, text: string, plan: DeliveryPlan): OutboxItem[] =>
  plan.routes.group
    ? [
        {
          ...telegramItem(outgoing, { ...addressOf(outgoing, "group"), type: "notice", text }, plan),
          subject: conversationSubject(outgoing.conversation.id),
        },
      ]
    : [];
