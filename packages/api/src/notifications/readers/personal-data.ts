import type { Database, Transaction } from "@pult/db/database.ts";
import { removeRows, textsIn } from "@pult/db/rows.ts";
import { alertWatchers, notificationReaders, toasts } from "@pult/db/schema/notifications.ts";
import { asc, inArray, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import { unprovenKey } from "../../actor.ts";
import type { PersonReferences } from "../../slice.ts";
import { telegramIdsOf } from "../../telegram/traces.ts";
import { lockReaders } from "./reader-board.ts";

/** The keys under which a person is told things. */
export const readersOf = ({ identities, personIds }: PersonReferences): string[] => [
  ...identities.map(({ namespace, externalId }) => `${namespace}:${externalId}`),
  ...personIds.map((id) => `agent:${id}`),
];

/** Also those of sockets that only named the person's id: no knowledge of the person, but their id. */
export const readersNaming = (person: PersonReferences): string[] => [
  ...readersOf(person),
  ...telegramIdsOf(person.identities).map(unprovenKey),
];

/** What a person was told, waits to be told, and when they were there. */
export async function exportReader(db: Database, person: PersonReferences) {
  const own = (column: PgColumn) => inArray(column, readersOf(person));
  const { level, title, createdAt } = toasts;
  const { alertId } = alertWatchers;
  const { since, seenAt } = notificationReaders;
  return {
    toasts: await db.select({ level, title, createdAt }).from(toasts).where(own(toasts.reader)).orderBy(asc(toasts.id)),
    watchedAlerts: await db.select({ alertId }).from(alertWatchers).where(own(alertWatchers.reader)),
    miniAppVisits: await db.select({ since, seenAt }).from(notificationReaders).where(own(notificationReaders.reader)),
  };
}

export async function eraseReader(tx: Transaction, person: PersonReferences): Promise<Record<string, number>> {
  await lockReaders(tx, readersNaming(person));
  const where = sql`reader in ${textsIn(readersNaming(person))}`;
  return {
    toasts: await removeRows(tx, "toasts", where),
    watchedAlerts: await removeRows(tx, "alert_watchers", where),
    miniAppVisits: await removeRows(tx, "notification_readers", where),
  };
}
