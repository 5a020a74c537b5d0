import type { Database, Transaction } from "@pult/db/database.ts";
import { removeRows, textsIn } from "@pult/db/rows.ts";
import { instagramEvents } from "@pult/db/schema/notifications.ts";
import { asc, inArray, sql } from "drizzle-orm";
import type { PersonalData, PersonReferences } from "../slice.ts";
import { eventsTopic } from "./events.ts";

/** What people did on Instagram, by their ids there, which move with the person. */
export const personalData: PersonalData = {
  readScope: "auth:read",
  writeScope: "auth:write",
  tables: {
    instagram_events: { path: "instagramEvents" },
    instagram_webhooks: {
      reason: "Worked off within seconds; only what cannot be read stays, for the retention's time",
    },
    live_alerts: { reason: "Names the staff who published it, no customer" },
    broadcasts: { reason: "Names the staff who sent it, no customer" },
    broadcast_targets: { reason: "Chats of the workspace, no person" },
  },
  conversations: async () => [],
  lock: async () => {},
  export: async ({ db }, person) => ({ instagramEvents: await selectEventsOf(db, sendersOf(person)) }),
  planErasure: async () => async (tx, person) => {
    const events = await eraseEventsOf(tx, sendersOf(person));
    return {
      counts: { instagramEvents: events },
      remaining: events > 0 ? ["What was said on Instagram stays there"] : [],
      cut: events > 0 ? [eventsTopic.name("all")] : [],
      forget: [],
    };
  },
  // Events belong to an identity, which moves.
  merge: async () => null,
  unmerge: async () => {},
};

const sendersOf = ({ identities }: PersonReferences): string[] =>
  identities.filter(({ namespace }) => namespace === "instagram").map(({ externalId }) => externalId);

const selectEventsOf = (db: Database, senders: readonly string[]) =>
  db
    .select({
      event: instagramEvents.event,
      occurredAt: instagramEvents.occurredAt,
      receivedAt: instagramEvents.receivedAt,
    })
    .from(instagramEvents)
    .where(inArray(instagramEvents.senderId, [...senders]))
    .orderBy(asc(instagramEvents.id));

const eraseEventsOf = (tx: Transaction, senders: readonly string[]): Promise<number> =>
  senders.length === 0 ? Promise.resolve(0) : removeRows(tx, "instagram_events", sql`sender_id in ${textsIn(senders)}`);
