import type { Database } from "@pult/db/database.ts";
import { grantsFor, selectVisibleAccounts, type Viewer } from "../../chats/access.ts";
import { chatsTopic } from "../../chats/events.ts";
import { accessIn, type Grant, readGrants } from "../../chats/grants.ts";
import type { ChatsEvent } from "../../chats/schema.ts";
import { limitEvent } from "../../chats/store/present.ts";
import { crmTopic } from "../../crm/events.ts";
import { readHeads } from "../../realtime/log.ts";
import type { Position } from "../../realtime/position.ts";
import type { StoredEvent } from "./read.ts";

/** A log whose events leave Pult, and the account that they belong to, where there is one. */
export interface Source {
  topic: string;
  accountId: string | null;
  /** Those that let the reader see the account's chats; null where they see everything. */
  grants: readonly Grant[] | null;
}

/** The logs that staff may read: one of each account they see, and that of all records. */
export async function selectSources(db: Database, viewer: Viewer): Promise<Source[]> {
  const sources: Source[] = [];
  for (const { id, owner } of await selectVisibleAccounts(db, viewer)) {
    const isOwn = viewer.owner === null || viewer.owner === owner;
    const grants = isOwn ? null : grantsFor(viewer, await readGrants(db, id));
    sources.push({ topic: chatsTopic.name(id), accountId: id, grants });
  }
  return [...sources, { topic: crmTopic.name("all"), accountId: null, grants: null }];
}

/** Events as a reader is told them; those of chats that they do not see are left out. */
export function showEvents(sources: readonly Source[], events: readonly StoredEvent[], now: Date): StoredEvent[] {
  const grantsOf = new Map(sources.map(({ topic, grants }) => [topic, grants]));
  return events.flatMap((event) => {
    const grants = grantsOf.get(event.topic) ?? null;
    if (grants === null) return [event];
    const payload = limitEvent(event.payload as ChatsEvent, (chatId) => accessIn(grants, Number(chatId), now));
    return payload ? [{ ...event, payload }] : [];
  });
}

export const topicsOf = (sources: readonly Source[]): string[] => sources.map(({ topic }) => topic);

/** The ends of all these logs, read at once. */
export const readEnds = (
  { db }: { db: Database },
  lists: readonly (readonly Source[])[],
): Promise<Map<string, Position>> => readHeads(db, [...new Set(lists.flatMap(topicsOf))]);
