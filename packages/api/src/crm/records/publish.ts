import type { Transaction } from "@pult/db/database.ts";
import type { Context } from "../../context.ts";
import { appendToLogs, type NewEntry, publishAppended } from "../../realtime/log.ts";
import { crmEntry } from "../events.ts";
import type { CrmEvent, Entity } from "../schema.ts";
import { selectRecords } from "./select.ts";

/** Carries out a change and tells staff of its events. @param work adds what is to be told to `events`, and what goes to other logs to `entries` */
export async function changeRecords<Result>(
  ctx: Context,
  work: (tx: Transaction, events: CrmEvent[], entries: NewEntry[]) => Promise<Result>,
): Promise<Result> {
  const { result, appended } = await ctx.db.transaction(async (tx) => {
    const events: CrmEvent[] = [];
    const entries: NewEntry[] = [];
    const done = await work(tx, events, entries);
    return { result: done, appended: await appendToLogs(tx, [...entries, ...events.map(crmEntry)]) };
  });
  publishAppended(ctx.bus, appended);
  return result;
}

/** Ids by entity; null is none. */
export type RecordIds = Partial<Record<Entity, readonly (string | null)[]>>;

/** What records are now, as events. */
export async function savedEvents(tx: Transaction, ids: RecordIds): Promise<CrmEvent[]> {
  const events: CrmEvent[] = [];
  for (const [entity, named] of Object.entries(ids) as [Entity, readonly (string | null)[]][]) {
    const wanted = [...new Set(named.filter((id) => id !== null))];
    const records = await selectRecords(tx, entity, wanted, null);
    events.push(...records.map((record): CrmEvent => ({ type: "saved", record })));
  }
  return events;
}
