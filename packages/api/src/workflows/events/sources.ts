import type { Database } from "@pult/db/database.ts";
import { selectVisibleAccounts, type Viewer } from "../../chats/access.ts";
import { chatsTopic } from "../../chats/events.ts";
import { crmTopic } from "../../crm/events.ts";

import { readHeads } from "../../realtime/log.ts";
import type { Position } from "../../realtime/position.ts";

/** A log whose events leave Pult, and the account that they belong to, where there is one. */
export interface Source {
  topic: string;
  accountId: string | null;
}

/** The logs that staff may read: one of each account they see, and that of all records. */
export async function selectSources(db: Database, viewer: Viewer): Promise<Source[]> {
  const accounts = await selectVisibleAccounts(db, viewer);
  return [
    ...accounts.map(({ id }) => ({ topic: chatsTopic.name(id), accountId: id })),
    { topic: crmTopic.name("all"), accountId: null },
  ];
}

export const topicsOf = (sources: readonly Source[]): string[] => sources.map(({ topic }) => topic);

/** The ends of all these logs, read at once. */
export const readEnds = (
  { db }: { db: Database },
  lists: readonly (readonly Source[])[],
): Promise<Map<string, Position>> => readHeads(db, [...new Set(lists.flatMap(topicsOf))]);
