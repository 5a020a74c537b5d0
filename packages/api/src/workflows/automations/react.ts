import type { Transaction } from "@pult/db/database.ts";
import { isLeaseCurrent } from "@pult/db/leases.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { automationRuns, automations, automationWaits } from "@pult/db/schema/workflows.ts";
import { and, asc, eq, lte, sql } from "drizzle-orm";
import { type Viewer, viewerOf } from "../../chats/access.ts";
import type { Message } from "../../chats/schema.ts";
import { type ChatFacts, chatKey, isFirstOfChat, isSentFromHere, selectChatFacts } from "../../chats/store/facts.ts";
import type { Context } from "../../context.ts";
import type { CrmEvent } from "../../crm/schema.ts";
import { enqueue, publishDue } from "../../outbox/outbox.ts";
import type { EventType } from "../event-types.ts";
import { type Cursor, cursor, isAtEnd, isSamePlace, KEPT_MS } from "../events/cursor.ts";
import { readEvents, type StoredEvent } from "../events/read.ts";
import { readEnds, type Source, selectSources, showEvents, topicsOf } from "../events/sources.ts";
import { selectOwners } from "../owner.ts";
import { eventWorker } from "../worker.ts";
import { type AutomationRow, ruleOf } from "./automations.ts";
import { allHold, isTriggered, isTriggeredByRecord, OWN_PREFIX, outcomesOf } from "./rules.ts";
import { AUTOMATIONS_LEASE, runItem } from "./run.ts";
import type { ActionOutcome, RunState } from "./schema.ts";
import { recordsOfChat, type Subject, subjectOfRecord } from "./subjects.ts";
import { messageOf, storeWaits, waitsOf } from "./waits.ts";

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
  /** As whom it sees. */
  viewer: Viewer;
  token: number;
}

/** A run that is to be stored. */
interface Reaction extends Subject {
  event: StoredEvent;
  /** Null of what happened to a record. */
  message: Message | null;
  /** What it is shown by. */
  title: string;
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
  const seen = new Map<string, { viewer: Viewer; sources: Source[] }>();
  for (const [owner, actor] of owners) {
    const viewer = viewerOf({ ...ctx, actor });
    seen.set(owner, { viewer, sources: await selectSources(ctx.db, viewer) });
  }
  const ends = await readEnds(
    ctx,
    [...seen.values()].map(({ sources }) => sources),
  );
  for (const row of rows) {
    const found = seen.get(row.owner);
    if (!found) continue;
    const active = { row, rule: ruleOf(row), viewer: found.viewer, token };
    if (!isAtEnd(cursor.parse(row.place), topicsOf(found.sources), ends)) await readOn(ctx, active, found.sources);
    if (active.rule.trigger.type === "noAnswer") await endWaits(ctx, active, found.sources);
  }
  return true;
}

/** What a trigger is set off by. */
function typesOf({ trigger }: Rule): EventType[] {
  switch (trigger.type) {
    case "messageMatches":
      return ["newMessage", "messageSent"];
    case "newChat":
      return ["newMessage"];
    case "noAnswer":
      return ["newMessage", "messageSent", "messageDeleted"];
    case "dealMoved":
      return ["dealMoved"];
    case "tagSet":
      return ["tagged"];
  }
}

/** Reads the logs on: runs are stored with the place up to which it has read, so that each event is answered to once. */
async function readOn(ctx: Context, active: Active, sources: readonly Source[]): Promise<void> {
  const { row, rule } = active;
  let place: Cursor = cursor.parse(row.place);
  for (let hasMore = true; hasMore; ) {
    const page = await readEvents(ctx.db, {
      topics: topicsOf(sources),
      after: place,
      limit: PAGE,
      types: typesOf(rule),
    });
    if (isSamePlace(page.next, place) && page.next.at - place.at < KEPT_MS) return;
    const events = showEvents(sources, page.events, ctx.now());
    const reactions = await reactionsTo(ctx, active, events);
    const waits = waitsOf(events);
    const before = place;
    const isStored = await commit(ctx, active, async (tx) => {
      // Deleted or changed meanwhile.
      const isAsRead = and(eq(automations.id, row.id), eq(automations.place, before));
      const moved = await tx
        .update(automations)
        .set({ place: page.next })
        .where(isAsRead)
        .returning({ id: automations.id });
      if (moved.length === 0) return null;
      await storeWaits(tx, { automationId: row.id, trigger: rule.trigger }, waits);
      if (page.missed.length > 0) await storeMissed(tx, ctx, active, page);
      return storeRuns(tx, ctx, active, reactions);
    });
    if (!isStored) return;
    place = page.next;
    hasMore = page.hasMore;
  }
}

/** One transaction of the node that holds the lease; null of `store` stores nothing. @returns whether it was stored */
async function commit(
  ctx: Context,
  { token }: Active,
  store: (tx: Transaction) => Promise<boolean | null>,
): Promise<boolean> {
  const owes = await ctx.db.transaction(async (tx) =>
    (await isLeaseCurrent(tx, { name: AUTOMATIONS_LEASE, token })) ? store(tx) : null,
  );
  if (owes) publishDue(ctx.bus);
  return owes !== null;
}

async function reactionsTo(
  ctx: Context,
  { rule, viewer }: Active,
  events: readonly StoredEvent[],
): Promise<Reaction[]> {
  const { trigger } = rule;
  if (trigger.type === "dealMoved" || trigger.type === "tagSet") {
    const reactions: Reaction[] = [];
    for (const event of events) {
      const payload = event.payload as CrmEvent;
      if (!("record" in payload) || !isTriggeredByRecord(trigger, payload)) continue;
      const subject = await subjectOfRecord(ctx.db, viewer, payload.record);
      reactions.push({ event, message: null, title: payload.record.name, ...subject });
    }
    return reactions;
  }
  const found: { event: StoredEvent; message: Message }[] = [];
  for (const event of events) {
    const message = messageOf(event);
    if (!message) continue;
    const isFirst = trigger.type === "newChat" && (await isFirstOfChat(ctx.db, message));
    if (!isTriggered(trigger, message, isFirst)) continue;
    if (await isFromAutomation(ctx, message)) continue;
    found.push({ event, message });
  }
  return withChats(ctx, found);
}

/** With what is stored of their chats; those of chats that are gone are left out. */
async function withChats(
  ctx: Context,
  found: readonly { event: StoredEvent; message: Message }[],
): Promise<Reaction[]> {
  const chats = await selectChatFacts(
    ctx.db,
    found.map(({ message }) => message),
  );
  const reactions: Reaction[] = [];
  for (const { event, message } of found) {
    const chat = chats.get(chatKey(message));
    if (!chat) continue;
    const records = await recordsOfChat(ctx.db, chat);
    reactions.push({ event, message, chat, records, title: chat.title });
  }
  return reactions;
}

/** Two linked accounts that write to each other must not keep each other going. */
async function isFromAutomation(ctx: Context, { isOutgoing, senderId, text }: Message): Promise<boolean> {
  if (isOutgoing || senderId === null || text === "") return false;
  const since = new Date(ctx.now().getTime() - HOUR_MS);
  return isSentFromHere(ctx.db, { senderId, text, prefix: OWN_PREFIX, since });
}

/** Answers to messages whose time has come. */
async function endWaits(ctx: Context, active: Active, sources: readonly Source[]): Promise<void> {
  const now = ctx.now();
  const due = await ctx.db
    .select()
    .from(automationWaits)
    .where(and(eq(automationWaits.automationId, active.row.id), lte(automationWaits.dueAt, now)))
    .orderBy(asc(automationWaits.dueAt))
    .limit(PAGE);
  if (due.length === 0) return;
  const events = showEvents(
    sources,
    due.map(({ event }) => event as StoredEvent),
    now,
  );
  const found = events.flatMap((event) => {
    const message = messageOf(event);
    return message ? [{ event: { ...event, id: `noAnswer:${event.id}` }, message }] : [];
  });
  const reactions = await withChats(ctx, found);
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
  for (const { event, message, chat, records, title } of reactions) {
    const at = ctx.now();
    const { accountId = null, chatId = null } = chat ?? {};
    const conditions = outcomesOf(rule.conditions, { chat, message, records, at });
    const since = new Date(at.getTime() - HOUR_MS);
    const isLimited = chat !== null && (await countRuns(tx, chat, since)) >= MAX_RUNS_PER_HOUR;
    const state: RunState = !allHold(conditions) ? "skipped" : isLimited ? "limited" : "pending";
    const actions: ActionOutcome[] = rule.actions.map(({ type }) => ({
      ...{ type, error: null, errorKey: null },
      state: "pending",
    }));
    const [stored] = await tx
      .insert(automationRuns)
      .values({
        ...{ automationId: row.id, eventId: event.id, type: event.payload.type, accountId, chatId },
        ...{ chatTitle: title, state, event: { at: event.at, payload: event.payload }, conditions },
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

async function countRuns(tx: Transaction, { accountId, chatId }: ChatFacts, since: Date): Promise<number> {
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
