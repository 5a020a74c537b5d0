import type { Transaction } from "@pult/db/database.ts";
import type { Deps } from "../context.ts";
import { enqueue, type OutboxHandler, type SettledAt, type Verdict } from "../outbox/outbox.ts";
import { why } from "../outbox/why.ts";
import { BotError } from "../telegram/bot.ts";
import { noteGroup } from "../telegram/group-health.ts";
import { rememberMessages } from "../telegram/messages.ts";
import { botLease, chatBuckets, type Telegram } from "../telegram/telegram.ts";
import { verdictOf } from "../telegram/verdict.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import { deliveryChanged, type Job, selectJob } from "./outbox-handlers.ts";
import { planNotice } from "./plan-edits.ts";
import { conversationSubject } from "./subjects.ts";
import { contentCalls, inWords, otherForms } from "./telegram-calls.ts";
import { type Delivered, deliverToTelegram, UndeliverableError } from "./telegram-delivery.ts";
import { addsMessage, type TelegramPayload, telegramPayload } from "./telegram-payload.ts";

/** A group that keeps the bot out is asked about often, so that what waited leaves soon after it is let in. */
const FORBIDDEN_GROUP_MS = 8_000;
/** A call whose answer was lost is repeated once. */
const MAX_LOST = 1;
const LOST_REPEAT_MS = 2_000;

/** A message's copy in Telegram: in the support group, or in the customer's private chat. */
export const telegramHandler: OutboxHandler<TelegramPayload> = {
  schema: telegramPayload,
  lease: ({ telegram }) => botLease(telegram?.botId ?? 0),
  buckets({ telegram }, { chatId }) {
    const place = chatId ?? telegram?.forum?.configuredChatId;
    return telegram && place !== undefined ? chatBuckets(telegram, place) : [];
  },
  async deliver({ db, telegram, now, log }, { payload, attempts }) {
    const found = await selectJob(db, payload.messageId);
    if (!found) return { state: "skipped", ...why("gone") };
    if (!telegram) return { state: "failed", ...why("noBot") };
    try {
      const delivered = await deliverToTelegram({ db, telegram }, { payload, ...found });
      if (payload.to === "group") noteReach({ log }, telegram, null);
      return delivered === "step" ? { state: "again" } : { state: "done", result: delivered };
    } catch (error) {
      const isShutOut = error instanceof BotError && error.failure === "forbidden" && payload.to === "group";
      if (isShutOut) noteReach({ log }, telegram, error.message);
      if (error instanceof UndeliverableError) return { state: "failed", ...why(error.problem, error.params) };
      if (error instanceof BotError)
        return verdictAfterRefusal(telegram, error, { payload, attempts, now: now(), ...found });
      throw error;
    }
  },
  async settled(tx, item, settled) {
    const { payload } = item;
    const delivered = settled.state === "done" ? (settled.result as Delivered | undefined) : undefined;
    const instead = delivered?.instead ?? [];
    if (instead.length > 0)
      await enqueue(
        tx,
        instead.map((form) => ({ ...item, dueAt: settled.at, payload: form })),
      );
    if (isLost(payload, settled)) await tellInTopic(tx, item, settled);
    // Of a message that was deleted meanwhile nothing is remembered.
    const topics = await deliveryChanged(tx, payload.messageId, settled);
    if (delivered?.shown && topics.length > 0) await rememberMessages(tx, [delivered.shown]);
    return topics;
  },
};

/** Health says at once whether the group can be written to. @param reason why not, in Telegram's words */
function noteReach({ log }: Pick<Deps, "log">, telegram: Telegram, reason: string | null): void {
  const { problems = [] } = telegram.health.group ?? {};
  if (reason === null && !problems.includes("unreachable")) return;
  const others = problems.filter((one) => one !== "unreachable");
  noteGroup({ log }, telegram, { problems: reason === null ? others : ["unreachable", ...others], reason });
}

/** Whether what an agent wrote in Telegram has not reached the customer there. */
const isLost = ({ to }: TelegramPayload, { state }: SettledAt): boolean =>
  to === "customer" && (state === "failed" || state === "unknown" || state === "parked");

/** Agents who answer in the topic see nothing of the Inbox. */
async function tellInTopic(
  tx: Transaction,
  { payload, lease }: { payload: TelegramPayload; lease: string },
  settled: SettledAt,
): Promise<void> {
  const found = await selectJob(tx, payload.messageId);
  if (!found || settled.state === "done" || found.message.kind !== "agent" || found.message.source !== "group") return;
  const text = `⚠️ Not delivered to the customer: ${settled.reason}`;
  const routes = { group: true, telegram: true, botId: 0, pushDelayMs: 0 };
  const items = planNotice(found, text, { routes, now: settled.at });
  await enqueue(
    tx,
    items.map((item) => ({ ...item, lease })),
  );
}

type Refused = Job & { payload: TelegramPayload; attempts: number; now: Date };

/**
 * What a refusal means for the item: the cause is mended, another form is tried, a group that is out of reach is waited for, and what Telegram
 * never takes is given up.
 */
async function verdictAfterRefusal(
  telegram: Telegram,
  error: BotError,
  job: Refused,
): Promise<Verdict<TelegramPayload>> {
  const { payload, attempts, conversation } = job;
  const { failure, message: reason } = error;
  if (failure === "down" && error.mayHaveArrived && addsMessage(payload)) {
    const lost = (payload.lost ?? 0) + 1;
    if (lost > MAX_LOST) return { state: "unknown", ...why("mayHaveArrived", { service: "Telegram" }) };
    return { state: "wait", scope: "provider", delayMs: LOST_REPEAT_MS, payload: { ...payload, lost }, reason };
  }
  if (payload.to === "group") {
    const verdict = await verdictInGroup(telegram, error, { payload, conversation });
    if (verdict) return verdict;
  }
  if (failure === "gone" && payload.type === "delete") return { state: "done" };
  if (failure === "form" || (failure === "noRight" && payload.type !== "text" && payload.type !== "notice")) {
    const instead = formsAfter(job);
    if (instead.length > 0) return { state: "done", result: { shown: null, instead } satisfies Delivered };
    return { state: "failed", reason };
  }
  return verdictOf(error, attempts);
}

/** What is mended in the group, or waited for; null for what is not the group's. */
async function verdictInGroup(
  { forum, bot }: Telegram,
  { failure, message: reason, migratedToChatId }: BotError,
  { payload, conversation }: { payload: TelegramPayload; conversation: ConversationRecord },
): Promise<Verdict<TelegramPayload> | null> {
  const subject = conversationSubject(conversation.id);
  switch (failure) {
    case "topicMissing":
      await forum?.forgetTopic(subject);
      return { state: "again" };
    case "topicClosed": {
      const topic = await forum?.knownTopic(subject);
      if (!forum || !topic) return null;
      const isOpen = await bot.reopenTopic(await forum.chatId(), topic.threadId).then(
        () => true,
        () => false,
      );
      // One that the bot may not open again holds up its own conversation for a while, then the row is put aside.
      return isOpen
        ? { state: "again" }
        : { state: "wait", scope: "item", delayMs: FORBIDDEN_GROUP_MS, parkAfterMs: 60_000, reason };
    }
    case "migrated":
      if (migratedToChatId === null || !forum) return null;
      await forum.migrated(await forum.chatId(), migratedToChatId);
      return { state: "again" };
    case "forbidden":
      return { state: "wait", scope: "bucket", delayMs: FORBIDDEN_GROUP_MS, reason };
    case "noRight":
      return payload.type === "text" || payload.type === "notice"
        ? { state: "wait", scope: "bucket", delayMs: FORBIDDEN_GROUP_MS, reason }
        : null;
    default:
      return null;
  }
}

/** The next forms of what Telegram does not take as it is. */
function formsAfter({ payload, message, now }: Refused): TelegramPayload[] {
  const { messageId, to, chatId } = payload;
  if (payload.type !== "copy") return otherForms(payload);
  const calls = contentCalls(message, { messageId, to, chatId, replyToId: payload.replyToId }, now);
  return calls.length > 0 ? calls : inWords({ messageId, to, chatId }, "A message");
}
