import type { Transaction } from "@pult/db/database.ts";
import { isLeaseCurrent } from "@pult/db/leases.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { automationRuns, automations, automationWaits } from "@pult/db/schema/workflows.ts";
import { and, asc, eq, inArray, lte, sql } from "drizzle-orm";
import { viewerOf } from "../../chats/access.ts";
import type { ChatsEvent, Message } from "../../chats/schema.ts";
import { type ChatFacts, chatKey, isFirstOfChat, isSentFromHere, selectChatFacts } from "../../chats/store/facts.ts";
import type { Context } from "../../context.ts";
import { enqueue, publishDue } from "../../outbox/outbox.ts";
import { type Cursor, cursor, isSamePlace, KEPT_MS } from "../events/cursor.ts";
import { readEvents, type StoredEvent } from "../events/read.ts";
import { type Source, selectSources } from "../events/sources.ts";
import { selectOwners } from "../owner.ts";
import { eventWorker } from "../worker.ts";
import { type AutomationRow, ruleOf } from "./automations.ts";
import { allHold, isOwn, isTriggered, OWN_PREFIX, outcomesOf } from "./rules.ts";
import { AUTOMATIONS_LEASE, runItem } from "./run.ts";
import type { ActionOutcome, RunState } from "./schema.ts";

/** Events that one pass of one automation reads. */
const PAGE = 100;
/** Runs of one chat within an hour at most, of all automations together: whatever goes round in a circle ends here. */
export const MAX_RUNS_PER_HOUR = 20;
const HOUR_MS = 60 * 60_000;

export const automationsWorker = eventWorker(
  { name: "workflows.automations", lease: AUTOMATIONS_LEASE },
  reactToEvents,
);

type Rule = ReturnType<typeof ruleOf>;

/** An automation with what it needs in one pass. */
interface Active {
  row: AutomationRow;
  rule: Rule;
  token: number;
}

/** A run that is to be stored. */
interface Reaction {
  event: StoredEvent;
  message: Message;
  chat: ChatFacts;
}

/** What a page of events does to messages that wait for an answer. */
interface Waits {
  begin: { event: StoredEvent; message: Message }[];
  end: { accountId: string; chatId: string; messageIds: readonly string[] | null }[];
}

/** @returns whether there is any automation to look after */
export async function reactToEvents(ctx: Context, token: number): Promise<boolean> {
  const rows = await ctx.db
    .select()
    .from(automations)
    .where(eq(automations.isActive, true))
    .orderBy(asc(automations.createdAt));
  if (rows.length === 0) return false;
  const owners = await selectOwners(ctx.db, [...new Set(rows.map(({ owner }) => owner))]);
  const sources = new Map<string, Source[]>();
  for (const [owner, actor] of owners) sources.set(owner, await selectSources(ctx.db, viewerOf(actor)));
  for (const row of rows) {
    const seen = sources.get(row.owner);
    if (!seen) continue;
    const active = { row, rule: ruleOf(row), token };
    await readOn(ctx, active, seen);
    if (active.rule.trigger.type === "noAnswer") await endWaits(ctx, active);
  }
  return true;
}

/** What a trigger is set off by. */
function typesOf({ trigger }: Rule): ChatsEvent["type"][] {
  switch (trigger.type) {
    case "messageMatches":
      return ["newMessage", "messageSent"];
    case "newChat":
      return ["newMessage"];
    case "noAnswer":
      return ["newMessage", "messageSent", "messageDeleted"];
  }
}

/** Reads the logs on: runs are stored with the place up to which it has read, so that each event is answered to once. */
async function readOn(ctx: Context, active: Active, sources: readonly Source[]): Promise<void> {
  const { row, rule } = active;
  let place: Cursor = cursor.parse(row.place);
  for (let hasMore = true; hasMore; ) {
    const page = await readEvents(ctx.db, {
      topics: sources.map(({ topic }) => topic),
      after: place,
      limit: PAGE,
      types: typesOf(rule),
    });
    if (isSamePlace(page.next, place) && page.next.at - place.at < KEPT_MS) return;
    const reactions = await reactionsTo(ctx, rule, page.events);
    const waits = rule.trigger.type === "noAnswer" ? waitsOf(page.events) : { begin: [], end: [] };
    const isStored = await commit(ctx, active, async (tx) => {
      await tx.update(automations).set({ place: page.next }).where(eq(automations.id, row.id));
      await storeWaits(tx, active, waits);
      if (page.missed.length > 0) await storeMissed(tx, ctx, active, page);
      return storeRuns(tx, ctx, active, reactions);
    });
    if (!isStored) return;
    place = page.next;
    hasMore = page.hasMore;
  }
}

/** One transaction of the node that holds the lease. @returns whether it does */
async function commit(ctx: Context, { token }: Active, store: (tx: Transaction) => Promise<boolean>): Promise<boolean> {
  const owes = await ctx.db.transaction(async (tx) =>
    (await isLeaseCurrent(tx, { name: AUTOMATIONS_LEASE, token })) ? store(tx) : null,
  );
  if (owes) publishDue(ctx.bus);
  return owes !== null;
}

const messageOf = ({ payload }: StoredEvent): Message | null =>
  "message" in payload ? (payload.message as Message) : null;

async function reactionsTo(ctx: Context, { trigger }: Rule, events: readonly StoredEvent[]): Promise<Reaction[]> {
  const found: { event: StoredEvent; message: Message }[] = [];
  for (const event of events) {
    const message = messageOf(event);
    if (!message) continue;
    const isFirst = trigger.type === "newChat" && (await isFirstOfChat(ctx.db, message));
    if (!isTriggered(trigger, message, isFirst)) continue;
    if (await isFromAutomation(ctx, message)) continue;
    found.push({ event, message });
  }
  const chats = await selectChatFacts(
    ctx.db,
    found.map(({ message }) => message),
  );
  return found.flatMap(({ event, message }) => {
    const chat = chats.get(chatKey(message));
    return chat ? [{ event, message, chat }] : [];
  });
}

/** Two linked accounts that write to each other must not keep each other going. */
async function isFromAutomation(ctx: Context, { isOutgoing, senderId, text }: Message): Promise<boolean> {
  if (isOutgoing || senderId === null || text === "") return false;
  const since = new Date(ctx.now().getTime() - HOUR_MS);
  return isSentFromHere(ctx.db, { senderId, text, prefix: OWN_PREFIX, since });
}

function waitsOf(events: readonly StoredEvent[]): Waits {
  const waits: Waits = { begin: [], end: [] };
  for (const event of events) {
    const payload = event.payload as ChatsEvent;
    if (payload.type === "messageDeleted") {
      const { accountId, chatId, messageIds } = payload;
      const isOf = ({ message }: Waits["begin"][number]) =>
        chatKey(message) === chatKey(payload) && messageIds.includes(message.id);
      waits.begin = waits.begin.filter((one) => !isOf(one));
      waits.end.push({ accountId, chatId, messageIds });
      continue;
    }
    const message = messageOf(event);
    if (!message || message.isService || isOwn(message)) continue;
    if (!message.isOutgoing) waits.begin.push({ event, message });
    else {
      waits.begin = waits.begin.filter((one) => chatKey(one.message) !== chatKey(message));
      waits.end.push({ accountId: message.accountId, chatId: message.chatId, messageIds: null });
    }
  }
  return waits;
}

/** Ends come first: what begins in the same page came after them. The first message of a chat counts. */
async function storeWaits(tx: Transaction, { row, rule }: Active, { begin, end }: Waits): Promise<void> {
  for (const { accountId, chatId, messageIds } of end)
    await tx
      .delete(automationWaits)
      .where(
        and(
          eq(automationWaits.automationId, row.id),
          eq(automationWaits.accountId, accountId),
          eq(automationWaits.chatId, chatId),
          messageIds === null ? undefined : inArray(automationWaits.telegramId, [...messageIds]),
        ),
      );
  if (begin.length === 0 || rule.trigger.type !== "noAnswer") return;
  const afterMs = rule.trigger.minutes * 60_000;
  await tx
    .insert(automationWaits)
    .values(
      begin.map(({ event, message }) => ({
        automationId: row.id,
        accountId: message.accountId,
        chatId: message.chatId,
        telegramId: message.id,
        event,
        dueAt: new Date(Date.parse(message.date) + afterMs),
      })),
    )
    .onConflictDoNothing();
}

/** Answers to messages whose time has come. */
async function endWaits(ctx: Context, active: Active): Promise<void> {
  const now = ctx.now();
  const due = await ctx.db
    .select()
    .from(automationWaits)
    .where(and(eq(automationWaits.automationId, active.row.id), lte(automationWaits.dueAt, now)))
    .orderBy(asc(automationWaits.dueAt))
    .limit(PAGE);
  if (due.length === 0) return;
  const chats = await selectChatFacts(ctx.db, due);
  const reactions = due.flatMap((wait): Reaction[] => {
    const event = wait.event as StoredEvent;
    const [message, chat] = [messageOf(event), chats.get(chatKey(wait))];
    return message && chat ? [{ event: { ...event, id: `noAnswer:${event.id}` }, message, chat }] : [];
  });
  await commit(ctx, active, async (tx) => {
    for (const { accountId, chatId, telegramId } of due)
      await tx
        .delete(automationWaits)
        .where(
          and(
            eq(automationWaits.automationId, active.row.id),
            eq(automationWaits.accountId, accountId),
            eq(automationWaits.chatId, chatId),
            eq(automationWaits.telegramId, telegramId),
          ),
        );
    return storeRuns(tx, ctx, active, reactions);
  });
}

/** @returns whether anything is owed */
async function storeRuns(
  tx: Transaction,
  ctx: Context,
  { row, rule }: Active,
  reactions: readonly Reaction[],
): Promise<boolean> {
  let owes = false;
  for (const { event, message, chat } of reactions) {
    const at = ctx.now();
    const { accountId, chatId } = message;
    const conditions = outcomesOf(rule.conditions, { accountId, chat, message, at });
    const state: RunState = !allHold(conditions)
      ? "skipped"
      : (await countRuns(tx, message, new Date(at.getTime() - HOUR_MS))) >= MAX_RUNS_PER_HOUR
        ? "limited"
        : "pending";
    const actions: ActionOutcome[] = rule.actions.map(({ type }) => ({
      ...{ type, error: null, errorKey: null },
      state: "pending",
    }));
    const [stored] = await tx
      .insert(automationRuns)
      .values({
        ...{ automationId: row.id, eventId: event.id, type: event.payload.type, accountId, chatId },
        ...{ chatTitle: chat.title, state, event: { at: event.at, payload: event.payload }, conditions },
        ...{ actions: state === "pending" ? actions : [], createdAt: at },
        finishedAt: state === "pending" ? null : at,
      })
      .onConflictDoNothing()
      .returning({ id: automationRuns.id });
    if (!stored || state !== "pending") continue;
    await enqueue(tx, [runItem(stored.id, at)]);
    owes = true;
  }
  return owes;
}

async function countRuns(
  tx: Transaction,
  { accountId, chatId }: Pick<Message, "accountId" | "chatId">,
  since: Date,
): Promise<number> {
  const [row] = rowsOf<{ count: number }>(
    await tx.execute(sql`
      select count(*)::int as count from automation_runs where account_id = ${accountId} and chat_id = ${chatId}
        and created_at > ${since.toISOString()}::timestamptz and state in ('pending', 'done', 'failed')`),
  );
  return row?.count ?? 0;
}

/** That events were dropped before it read them stands among its runs. */
async function storeMissed(
  tx: Transaction,
  ctx: Context,
  { row }: Active,
  { missed, next }: { missed: readonly string[]; next: Cursor },
): Promise<void> {
  const at = ctx.now();
  await tx
    .insert(automationRuns)
    .values(
      missed.map((topic) => ({
        ...{ automationId: row.id, eventId: `missed:${topic}:${next.positions[topic]}`, type: "missed" },
        ...{ state: "missed", event: { at: at.toISOString(), payload: { type: "missed" } } },
        ...{ conditions: [], actions: [], createdAt: at, finishedAt: at },
      })),
    )
    .onConflictDoNothing();
}
