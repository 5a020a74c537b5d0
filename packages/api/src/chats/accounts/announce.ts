import type { Transaction } from "@pult/db/database.ts";
import type { Context } from "../../context.ts";
import { type Appended, appendToLogs, cutLogs, publishAppended } from "../../realtime/log.ts";
import type { SessionRow } from "../access.ts";
import { accountsTopic, chatsTopic, sessionTopic } from "../events.ts";
import type { Session } from "../schema.ts";
import { presentSession } from "./present.ts";

/** What happened to accounts in a transaction, to be published after its commit. */
export interface AccountChanges {
  appended: Appended;
  sessions: Session[];
  /** Which accounts there are, who sees them or which are to be held may be otherwise now. */
  isReread: boolean;
}

/**
 * Stores that accounts changed, as the last act of a transaction: logs are locked after everything else.
 * @param changes.gone accounts that are no more, with the logs of their chats
 * @param changes.cut accounts whose logs cannot be continued from an earlier position
 * @param changes.isHealth only how the connection is changed
 */
export async function storeChanges(
  tx: Transaction,
  ctx: Context,
  changes: { changed?: readonly SessionRow[]; gone?: readonly string[]; cut?: readonly string[]; isHealth?: boolean },
): Promise<AccountChanges> {
  const { changed = [], gone = [], cut = [], isHealth = false } = changes;
  const sessions: Session[] = [];
  for (const row of changed) sessions.push(await presentSession(ctx, row, tx));
  const topics = (ids: readonly string[]) => ids.map((id) => chatsTopic.name(id));
  const ended = gone.length + cut.length > 0 ? await cutLogs(tx, topics(cut), { forget: topics(gone) }) : new Map();
  const told = sessions.map((session) => ({
    topic: chatsTopic.name(session.id),
    payload: { type: "sessionUpdated", session },
  }));
  const appended = await appendToLogs(tx, told);
  // A log that was cut and then written to is told of in that order.
  for (const [topic, entries] of appended) ended.set(topic, [...(ended.get(topic) ?? []), ...entries]);
  return { appended: ended, sessions, isReread: !isHealth };
}

/** The nodes look at which accounts they hold, and who sees them. */
export function publishChanges({ bus }: Context, { appended, sessions, isReread }: AccountChanges): void {
  publishAppended(bus, appended);
  for (const session of sessions) bus.publishLatest(sessionTopic.name(session.id), session);
  if (isReread) bus.publishLatest(accountsTopic.name("changed"), null);
}
