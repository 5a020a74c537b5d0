import { requireStaff } from "../../auth/permissions.ts";
import { viewerOf } from "../../chats/access.ts";
import type { Message } from "../../chats/schema.ts";
import {
  type ChatFacts,
  chatKey,
  type PastMessage,
  selectChatFacts,
  selectPastMessages,
} from "../../chats/store/facts.ts";
import type { Context } from "../../context.ts";
import type { RecordFacts } from "../../crm/records/rule-facts.ts";
import { workflowsError } from "../errors.ts";
import { selectSources } from "../events/sources.ts";
import { allHold, isOwn, isTriggered, outcomesOf } from "./rules.ts";
import type { DryRun, DryRunInput, Trigger } from "./schema.ts";
import { recordsOfChat } from "./subjects.ts";

const MAX_MESSAGES = 5_000;
const MAX_SHOWN = 100;
const MAX_EXCERPT = 200;
const DAY_MS = 24 * 60 * 60_000;

/**
 * What an automation would have answered to among the stored messages of the last days. Nothing is changed.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for a trigger that records set off
 */
export async function dryRun(ctx: Context, { automation, days }: DryRunInput): Promise<DryRun> {
  requireStaff(ctx.actor, "chats:read");
  if (!isOfMessages(automation.trigger)) throw workflowsError("dryRunOfMessages");
  const sources = await selectSources(ctx.db, viewerOf(ctx.actor));
  const past = await selectPastMessages(ctx.db, {
    accountIds: sources.flatMap(({ accountId }) => accountId ?? []),
    since: new Date(ctx.now().getTime() - days * DAY_MS),
    limit: MAX_MESSAGES + 1,
  });
  const messages = past.slice(-MAX_MESSAGES);
  const found = findReactions(automation.trigger, messages, ctx.now());
  const chats = await selectChatFacts(
    ctx.db,
    found.map(({ message }) => message),
  );
  const records = new Map<string, RecordFacts>();
  for (const [key, chat] of chats) records.set(key, await recordsOfChat(ctx.db, chat));
  const runs = found.flatMap(({ message, at }) => {
    const key = chatKey(message);
    const [chat, known] = [chats.get(key), records.get(key)];
    return chat && known ? [runOf(automation, { message, chat, records: known, at })] : [];
  });
  return {
    messages: messages.length,
    isCut: past.length > MAX_MESSAGES,
    count: runs.filter(({ holds }) => holds).length,
    runs: runs.toReversed().slice(0, MAX_SHOWN),
  };
}

const isOfMessages = ({ type }: Trigger): boolean => type !== "dealMoved" && type !== "tagSet";

interface Found {
  message: Message;
  at: Date;
}

function findReactions(trigger: Trigger, messages: readonly PastMessage[], now: Date): Found[] {
  if (trigger.type === "noAnswer") return findUnanswered(messages, { minutes: trigger.minutes, now });
  return messages
    .filter(({ message, isFirst }) => isTriggered(trigger, message, isFirst))
    .map(({ message }) => ({ message, at: new Date(message.date) }));
}

/** Messages that waited for so long, the first of each that were not answered. */
function findUnanswered(messages: readonly PastMessage[], { minutes, now }: { minutes: number; now: Date }): Found[] {
  const found: Found[] = [];
  const waiting = new Map<string, Message>();
  const dueOf = (message: Message) => new Date(Date.parse(message.date) + minutes * 60_000);
  const endAt = (key: string, at: Date) => {
    const message = waiting.get(key);
    if (!message || dueOf(message) > at) return;
    found.push({ message, at: dueOf(message) });
    waiting.delete(key);
  };
  for (const { message } of messages) {
    if (message.isService || isOwn(message)) continue;
    const key = chatKey(message);
    endAt(key, new Date(message.date));
    if (message.isOutgoing) waiting.delete(key);
    else if (!waiting.has(key)) waiting.set(key, message);
  }
  for (const key of [...waiting.keys()]) endAt(key, now);
  return found.toSorted((one, other) => one.at.getTime() - other.at.getTime());
}

function runOf(
  { conditions }: DryRunInput["automation"],
  { message, chat, records, at }: Found & { chat: ChatFacts; records: RecordFacts },
): DryRun["runs"][number] {
  const { accountId, chatId } = message;
  const outcomes = outcomesOf(conditions, { chat, message, records, at });
  return {
    ...{ accountId, chatId, chatTitle: chat.title, at: at.toISOString() },
    text: message.text.slice(0, MAX_EXCERPT).toWellFormed(),
    holds: allHold(outcomes),
    conditions: outcomes,
  };
}
