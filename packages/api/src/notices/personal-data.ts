import type { Transaction } from "@pult/db/database.ts";
import { bigintsIn, removeRows, rowsOf, textsIn, uuidsIn } from "@pult/db/rows.ts";
import { noticePreferences } from "@pult/db/schema/notices.ts";
import { eq, inArray, sql } from "drizzle-orm";
import { moveDeliveries } from "../outbox/deliveries.ts";
import { cutLogs, lockLogs } from "../realtime/log.ts";
import type { PersonalData } from "../slice.ts";
import { listKey, listTopic } from "./events.ts";
import type { Reader } from "./kinds.ts";
import { selectNotices } from "./rows.ts";

/** What a merge moved. */
interface Moved {
  noticeIds: number[];
  /** Whether the preferences were moved, because the other person had none. */
  hasPreferences: boolean;
}

const topicsOf = (personIds: readonly string[]): string[] =>
  personIds.flatMap((id) => (["staff", "customer"] as const).map((reader) => listTopic.name(listKey(reader, id))));

export const personalData: PersonalData = {
  readScope: "auth:read",
  writeScope: "auth:write",
  tables: { notices: { path: "notices" }, notice_preferences: { path: "noticePreferences" } },
  conversations: async () => [],
  lock: (tx, personIds) => lockLogs(tx, topicsOf(personIds)),
  export: async ({ db }, { personIds }) => ({
    notices: await selectNotices(db, sql`n.person_id in ${uuidsIn(personIds)}`),
    noticePreferences: await db
      .select()
      .from(noticePreferences)
      .where(inArray(noticePreferences.personId, [...personIds])),
  }),
  planErasure:
    async () =>
    async (tx, { personIds, agents }) => {
      const mine = sql`person_id in ${uuidsIn(personIds)}`;
      const named = await forgetNotices(tx, sql`data->>'byId' in ${textsIn(agents.map(({ personId }) => personId))}`);
      const deliveries = sql`${mine} and kind = 'notices.push'`;
      await removeRows(tx, "outbox", deliveries);
      const notices = (await removeRows(tx, "notices", mine)) + named.count;
      const preferences = await removeRows(tx, "notice_preferences", mine);
      const counts = { notices, noticePreferences: preferences };
      return { counts, remaining: [], cut: named.cut, forget: topicsOf(personIds) };
    },
  merge: mergeNotices,
  unmerge: async (tx, { from, to, moved }) => {
    const { noticeIds, hasPreferences } = { noticeIds: [], hasPreferences: false, ...(moved as Moved | null) };
    await moveNotices(tx, { from, to }, sql`id in ${bigintsIn(noticeIds)}`);
    if (hasPreferences)
      await tx.update(noticePreferences).set({ personId: to }).where(eq(noticePreferences.personId, from));
  },
};

async function mergeNotices(tx: Transaction, { from, to }: { from: string; to: string }): Promise<Moved> {
  const noticeIds = await moveNotices(tx, { from, to }, sql`true`);
  const [kept] = await tx.select().from(noticePreferences).where(eq(noticePreferences.personId, to));
  if (kept) return { noticeIds, hasPreferences: false };
  const moved = await tx
    .update(noticePreferences)
    .set({ personId: to })
    .where(eq(noticePreferences.personId, from))
    .returning({ id: noticePreferences.personId });
  return { noticeIds, hasPreferences: moved.length > 0 };
}

/** Where the other person has an unread one of the same key, that one stands for both. @returns the ids */
async function moveNotices(
  tx: Transaction,
  { from, to }: { from: string; to: string },
  which: ReturnType<typeof sql>,
): Promise<number[]> {
  const rows = rowsOf<{ id: number }>(
    await tx.execute(sql`
      update notices n set person_id = ${to}::uuid, read_at = case when n.read_at is null and exists (
        select 1 from notices o where o.person_id = ${to}::uuid and o.reader = n.reader and o.key = n.key and o.read_at is null
          and o.archived_at is null and o.snoozed_until is null) then n.at else n.read_at end
      where n.person_id = ${from}::uuid and ${which} returning n.id`),
  );
  const about = sql`(select 'notices.notice:' || id from notices where person_id = ${to}::uuid)`;
  await moveDeliveries(tx, { from, to, about });
  // Readers begin again; their feeds find it by themselves.
  await cutLogs(tx, topicsOf([from, to]));
  return rows.map(({ id }) => id).toSorted((a, b) => a - b);
}

/** Deletes notices with this condition. @returns how many, and the logs that tell of them, to be cut last */
async function forgetNotices(
  tx: Transaction,
  condition: ReturnType<typeof sql>,
): Promise<{ count: number; cut: string[] }> {
  const told = rowsOf<{ personId: string; reader: Reader }>(
    await tx.execute(sql`select distinct person_id as "personId", reader from notices where ${condition}`),
  );
  if (told.length === 0) return { count: 0, cut: [] };
  const cut = told.map(({ personId, reader }) => listTopic.name(listKey(reader, personId)));
  // In the order in which everything locks them: the lists, then their rows.
  await lockLogs(tx, cut);
  return { count: await removeRows(tx, "notices", condition), cut };
}

/** Deletes what people were told about subjects; @see forgetNotices */
export const forgetNoticesAbout = (tx: Transaction, subjects: readonly string[]) =>
  forgetNotices(tx, sql`about in ${textsIn(subjects)}`);

/** Of these only what tells of these events. */
export const forgetEventsAbout = (tx: Transaction, subjects: readonly string[], events: readonly string[]) =>
  forgetNotices(tx, sql`about in ${textsIn(subjects)} and event in ${textsIn(events)}`);
