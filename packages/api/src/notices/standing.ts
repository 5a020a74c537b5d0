import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf, textsIn } from "@pult/db/rows.ts";
import { credentials, identities } from "@pult/db/schema/auth.ts";
import { noticePreferences } from "@pult/db/schema/notices.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import { type Why, why } from "../outbox/why.ts";
import { lockLogs } from "../realtime/log.ts";
import { listKey, listTopic } from "./events.ts";
import { type ChosenKinds, type NoticeKind, preferenceOf, type Reader } from "./kinds.ts";
import { type Admission, admit, waitForQuiet } from "./policy.ts";
import type { QuietHours } from "./quiet-hours.ts";
import type { KindPreference, Severity } from "./schema.ts";

/** Why the item that was owed first ends once it has left: from here on each device has a queue, so that a broken one holds up no other. */
export const HANDED_OVER: readonly string[] = [why("toDevices").reason, why("toBot").reason];

/** What a person is pushed. */
export interface Pushed {
  kind: NoticeKind;
  reader: Reader;
  severity: Severity;
  expiresAt: Date | null;
  /** Pushes with the same key within `batchSeconds` leave together; null where each leaves by itself. */
  key: string | null;
}

export interface Standing {
  admission: Admission;
  routes: KindPreference;
}

interface Item {
  id: number;
  personId: string | null;
}

/**
 * Whether a push may leave now by what its person prefers. Where anything can hold it back, the person's list is locked, so that their
 * pushes are decided about one after another.
 * @returns null when the item has been settled meanwhile
 */
export async function readStanding(
  tx: Transaction,
  item: Item,
  given: { push: Pushed; now: Date },
): Promise<Standing | null> {
  const { push, now } = given;
  const { kind, reader, severity, expiresAt, key } = push;
  const { personId } = item;
  const row = await selectPreferences(tx, personId);
  const isPaced = row !== undefined || key !== null;
  if (isPaced && personId !== null) await lockLogs(tx, [listTopic.name(listKey(reader, personId))]);
  if (!(await isPending(tx, item.id, isPaced))) return null;
  const routes = preferenceOf(kind, reader, (row?.kinds ?? {}) as ChosenKinds);
  const left = isPaced && personId !== null ? await selectLeft(tx, personId, now) : [];
  const { batchSeconds = 60, maxPerHour = 60 } = row ?? {};
  const isBatched = key !== null && (kind.defaults[reader]?.batched ?? false);
  const admission = admit({
    ...{ now, severity, expiresAt },
    isWanted: routes.push || routes.bot,
    quietHours: quietHoursOf(row),
    batchSeconds: isBatched ? batchSeconds : 0,
    lastLeftAt: left.find((one) => one.key === key)?.at ?? null,
    maxPerHour: isPaced ? maxPerHour : null,
    leftAt: left.map(({ at }) => at),
  });
  return { admission, routes };
}

type Preferences = typeof noticePreferences.$inferSelect;

const quietHoursOf = (row: Preferences | undefined): QuietHours | null =>
  row && row.quietFrom !== null && row.quietTo !== null
    ? { from: row.quietFrom, to: row.quietTo, timeZone: row.timeZone }
    : null;

/** Quiet hours that last. */
export interface Quiet {
  until: Date;
  why: Why;
}

/** The quiet hours that a person is in; null for what passes them. */
export async function readQuiet(
  db: Database | Transaction,
  { personId }: Item,
  { push, now }: { push: Pushed; now: Date },
): Promise<Quiet | null> {
  if (push.severity === "critical") return null;
  return waitForQuiet({ now, quietHours: quietHoursOf(await selectPreferences(db, personId)) });
}

async function selectPreferences(
  db: Database | Transaction,
  personId: string | null,
): Promise<Preferences | undefined> {
  if (personId === null) return undefined;
  const [row] = await db.select().from(noticePreferences).where(eq(noticePreferences.personId, personId));
  return row;
}

/** On which ways a person wants what they are pushed. */
export async function readRoutes(tx: Transaction, personId: string, { kind, reader }: Pushed): Promise<KindPreference> {
  const row = await selectPreferences(tx, personId);
  return preferenceOf(kind, reader, (row?.kinds ?? {}) as ChosenKinds);
}

/** Without the person's lock, the item itself is locked against one that takes it along. */
async function isPending(tx: Transaction, id: number, isLocked: boolean): Promise<boolean> {
  const rows = await tx.execute(
    sql`select 1 from outbox where id = ${id} and state = 'pending' ${isLocked ? sql`` : sql`for update`}`,
  );
  return rowsOf(rows).length > 0;
}

/** The pushes that have left to a person in the last hour, newest first. */
async function selectLeft(tx: Transaction, personId: string, now: Date): Promise<{ at: Date; key: string | null }[]> {
  const since = new Date(now.getTime() - 3_600_000).toISOString();
  const rows = rowsOf<{ at: number; key: string | null }>(
    await tx.execute(sql`
      select (extract(epoch from finished_at) * 1000)::float as at, payload->>'key' as key from outbox
      where person_id = ${personId}::uuid and route in ('push', 'bot') and state = 'skipped' and reason in ${textsIn(HANDED_OVER)}
        and finished_at > ${since}::timestamptz
      order by finished_at desc limit 1000`),
  );
  return rows.map((row) => ({ ...row, at: new Date(row.at) }));
}

/** The private chat in which the bot can write to a person: where an agent signs in from, or where a customer has proven who they are. */
export async function findChatId(tx: Transaction, personId: string, reader: Reader): Promise<number | null> {
  const [row] =
    reader === "staff"
      ? await tx
          .select({ id: credentials.telegramId })
          .from(credentials)
          .where(and(eq(credentials.personId, personId), isNull(credentials.disabledAt)))
      : await tx
          .select({ id: identities.externalId })
          .from(identities)
          .where(
            and(eq(identities.personId, personId), eq(identities.namespace, "telegram"), eq(identities.proven, true)),
          )
          .orderBy(identities.createdAt)
          .limit(1);
  return row?.id ? Number(row.id) : null;
}
