import type { Message } from "../../chats/schema.ts";
import type { ChatFacts } from "../../chats/store/facts.ts";
import type { RecordFacts } from "../../crm/records/rule-facts.ts";
import type { CrmEvent } from "../../crm/schema.ts";
import { compilePattern } from "./pattern.ts";
import type { Condition, ConditionOutcome, TextMatch, Trigger } from "./schema.ts";

/** What conditions are asked about. */
export interface Facts {
  /** Null of a record's event whose contact has none. */
  chat: ChatFacts | null;
  /** The one that the event is about; null of a record's event. */
  message: Message | null;
  records: RecordFacts;
  /** When the rule acts. */
  at: Date;
}

/** What automations send has a client id that begins so. */
export const OWN_PREFIX = "auto:";
export const isOwn = ({ clientId }: Pick<Message, "clientId">): boolean => clientId?.startsWith(OWN_PREFIX) === true;

const WORD = /[\p{L}\p{N}_]+/gu;
const fold = (text: string): string => text.toLowerCase().normalize("NFC");

export function textMatches({ mode, values }: TextMatch, text: string): boolean {
  switch (mode) {
    case "any":
      return true;
    case "contains":
      return values.some((value) => fold(text).includes(fold(value)));
    case "words": {
      // Several words are found one after another, whatever stands between them.
      const own = ` ${(fold(text).match(WORD) ?? []).join(" ")} `;
      return values.some((value) => own.includes(` ${(fold(value).match(WORD) ?? []).join(" ")} `));
    }
    case "pattern":
      return compilePattern(values[0] ?? "").test(text);
  }
}

/** Whether a message sets off the trigger by itself; `noAnswer` takes time. @param isFirst whether its chat begins with it */
export function isTriggered(trigger: Trigger, message: Message, isFirst: boolean): boolean {
  if (isOwn(message) || message.isService) return false;
  switch (trigger.type) {
    case "messageMatches":
      return (
        (trigger.direction === "all" || message.isOutgoing === (trigger.direction === "outgoing")) &&
        textMatches(trigger.text, message.text)
      );
    case "newChat":
      return !message.isOutgoing && isFirst;
    case "noAnswer":
    case "dealMoved":
    case "tagSet":
      return false;
  }
}

/** What Pult itself did to records, which is what automations did: it sets off none. */
const PULT = "pult";

/** Whether what happened to a record sets off the trigger. */
export function isTriggeredByRecord(trigger: Trigger, event: CrmEvent): boolean {
  if (event.type === "dealMoved" && trigger.type === "dealMoved")
    return (
      event.actor !== PULT &&
      // Another place in the same stage is told as a move, too.
      event.fromStageId !== event.record.stageId &&
      (trigger.stageIds?.includes(event.record.stageId) ?? true)
    );
  if (event.type === "tagged" && trigger.type === "tagSet")
    return event.actor !== PULT && trigger.tagIds.includes(event.tag.id);
  return false;
}

export const outcomesOf = (conditions: readonly Condition[], facts: Facts): ConditionOutcome[] =>
  conditions.map((condition) => ({ type: condition.type, holds: holdsFor(condition, facts) }));

export const allHold = (outcomes: readonly ConditionOutcome[]): boolean => outcomes.every(({ holds }) => holds);

function holdsFor(condition: Condition, { chat, message, records, at }: Facts): boolean {
  switch (condition.type) {
    case "account":
      return chat !== null && condition.accountIds.includes(chat.accountId);
    case "chatType":
      return chat !== null && condition.chatTypes.includes(chat.type);
    case "hasMedia":
      return (message?.media != null) === condition.value;
    case "text":
      return textMatches(condition.text, message?.text ?? "");
    case "hours":
      return isWithin(condition, at) === condition.isInside;
    case "tag":
      return records.tagIds.some((id) => condition.tagIds.includes(id)) === condition.value;
    case "stage":
      return records.stageIds.some((id) => condition.stageIds.includes(id));
  }
}

const DAYS = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];

/** Whether the clocks there show a time between `from` and `to`, of hours that began on one of the days. */
function isWithin({ from, to, days, timeZone }: Extract<Condition, { type: "hours" }>, at: Date): boolean {
  const parts = new Intl.DateTimeFormat("en-GB", {
    timeZone,
    weekday: "short",
    hour: "2-digit",
    minute: "2-digit",
    hourCycle: "h23",
  }).formatToParts(at);
  const part = (type: string) => parts.find((one) => one.type === type)?.value ?? "";
  const clock = `${part("hour")}:${part("minute")}`;
  const today = DAYS.indexOf(part("weekday")) + 1;
  const yesterday = ((today + 5) % 7) + 1;
  if (from <= to) return days.includes(today) && clock >= from && clock < to;
  return (clock >= from && days.includes(today)) || (clock < to && days.includes(yesterday));
}

/** What replies may name. */
export const fillIn = (text: string, { firstName, title }: Pick<ChatFacts, "firstName" | "title">): string =>
  text.replaceAll("{firstName}", firstName ?? title).replaceAll("{title}", title);
