import type { Database } from "@pult/db/database.ts";
import { selectVisibleAccounts, type Viewer } from "../../chats/access.ts";
import { chatsTopic } from "../../chats/events.ts";

/** A log whose events leave Pult, and the account that they belong to, where there is one. */
export interface Source {
  topic: string;
  accountId: string | null;
}

/** The logs that a viewer may read: one of each account they see. */
export async function selectSources(db: Database, viewer: Viewer): Promise<Source[]> {
  const accounts = await selectVisibleAccounts(db, viewer);
  return accounts.map(({ id }) => ({ topic: chatsTopic.name(id), accountId: id }));
}
