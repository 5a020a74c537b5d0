import type { Transaction } from "@pult/db/database.ts";
import { sessions } from "@pult/db/schema/auth.ts";
import { and, eq, isNull, ne } from "drizzle-orm";
import type { Bus } from "../../realtime/bus.ts";
import { sessionEndedTopic } from "../events.ts";

/** One session, optionally only if it belongs to a person; or a person's sessions, optionally all but one. */
export type WhichSessions = { id: string; personId?: string } | { personId: string; except?: string };

/** Ends sessions that have not ended yet. @returns the ids of those it ended, to be published after the commit */
export async function endSessions(tx: Transaction, which: WhichSessions & { now: Date }): Promise<string[]> {
  const { personId } = which;
  const ended = await tx
    .update(sessions)
    .set({ revokedAt: which.now })
    .where(
      and(
        isNull(sessions.revokedAt),
        personId === undefined ? undefined : eq(sessions.personId, personId),
        "id" in which ? eq(sessions.id, which.id) : undefined,
        "except" in which && which.except !== undefined ? ne(sessions.id, which.except) : undefined,
      ),
    )
    .returning({ id: sessions.id });
  return ended.map(({ id }) => id);
}

/** Closes what the sessions opened, on every node. Called after the commit that ended them. */
export function publishSessionsEnded(bus: Bus, ids: readonly string[]): void {
  for (const id of ids) bus.publishLatest(sessionEndedTopic.name(id), null);
}
