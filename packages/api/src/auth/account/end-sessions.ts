import type { Transaction } from "@pult/db/database.ts";
import { sessions } from "@pult/db/schema/auth.ts";
import { and, eq, isNull, ne } from "drizzle-orm";
import type { Bus } from "../../realtime/bus.ts";
import { sessionEndedTopic } from "../events.ts";

/** Ends what somebody has open, one session excepted. @returns the ids, to be told after the commit */
export async function endSessions(
  tx: Transaction,
  { personId, except, now }: { personId: string; except?: string; now: Date },
): Promise<string[]> {
  const ended = await tx
    .update(sessions)
    .set({ revokedAt: now })
    .where(
      and(
        eq(sessions.personId, personId),
        isNull(sessions.revokedAt),
        except === undefined ? undefined : ne(sessions.id, except),
      ),
    )
    .returning({ id: sessions.id });
  return ended.map(({ id }) => id);
}

/** Closes what the sessions opened, on every node. Told after the commit that ended them. */
export function tellSessionsEnded(bus: Bus, ids: readonly string[]): void {
  for (const id of ids) bus.publishLatest(sessionEndedTopic.name(id), null);
}
