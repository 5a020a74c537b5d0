import type { Database, Transaction } from "@pult/db/database.ts";
import { removeRows, rowsOf, textsIn } from "@pult/db/rows.ts";
import { instagramEvents } from "@pult/db/schema/notifications.ts";
import { asc, inArray, sql } from "drizzle-orm";
import { deleteDeliveries } from "../outbox/deliveries.ts";
import type { PersonalData, PersonReferences } from "../slice.ts";
import { telegramIdsOf } from "../telegram/traces.ts";
import { eraseSubscriptions, exportSubscriptions } from "./broadcasts/subscriptions.ts";
import { eventsTopic, toastsTopic } from "./events.ts";
import { stopLookingBack } from "./instagram/reconcile.ts";
import { replySubject, selectReplies } from "./instagram/replies.ts";
import { eraseReader, exportReader, readersNaming } from "./readers/personal-data.ts";

/** What people did on Instagram, and whether they agreed to broadcasts in Telegram: by their ids there, which move with the person. */
export const personalData: PersonalData = {
  readScope: "auth:read",
  writeScope: "auth:write",
  tables: {
    instagram_events: { path: "instagramEvents" },
    instagram_replies: { path: "instagramEvents[].replies" },
    instagram_accounts: { reason: "Accounts of the workspace, no person" },
    instagram_connection: { reason: "The workspace's own access token" },
    instagram_webhooks: {
      reason:
        "Worked off within seconds; what was put aside stays for the retention's time, or until a person whom it names is erased",
    },
    live_alerts: { reason: "Names the staff who published it, no customer" },
    broadcasts: { reason: "Names the staff who sent it, no customer" },
    broadcast_targets: { path: "broadcastsReceived" },
    broadcast_subscriptions: { path: "broadcastSubscriptions" },
    live_topics: { reason: "Topics of the workspace's group; those about customers are not noted" },
    toasts: { path: "toasts" },
    alert_watchers: { path: "watchedAlerts" },
    notification_readers: { path: "miniAppVisits" },
    alert_reach: { reason: "Counts of users, none of them named" },
    status_samples: { reason: "Figures of the bot" },
    notification_nodes: { reason: "Processes of the installation, no person" },
  },
  conversations: async () => [],
  lock: async () => {},
  export: async ({ db }, person) => ({
    instagramEvents: await selectEventsOf(db, sendersOf(person)),
    ...(await exportSubscriptions(db, telegramIdsOf(person.identities))),
    ...(await exportReader(db, person)),
  }),
  planErasure:
    async ({ now }) =>
    async (tx, person) => {
      const events = await eraseEventsOf(tx, sendersOf(person));
      if (events > 0) await stopLookingBack(tx, now());
      const broadcastSubscriptions = await eraseSubscriptions(tx, telegramIdsOf(person.identities));
      return {
        counts: { instagramEvents: events, broadcastSubscriptions, ...(await eraseReader(tx, person)) },
        remaining: events > 0 ? ["What was said on Instagram stays there"] : [],
        cut: events > 0 ? [eventsTopic.name("all")] : [],
        forget: readersNaming(person).map((reader) => toastsTopic.name(reader)),
      };
    },
  // All of it belongs to an identity, which moves.
  merge: async () => null,
  unmerge: async () => {},
};

const sendersOf = ({ identities }: PersonReferences): string[] =>
  identities.filter(({ namespace }) => namespace === "instagram").map(({ externalId }) => externalId);

async function selectEventsOf(db: Database, senders: readonly string[]) {
  const rows = await db
    .select({
      id: instagramEvents.id,
      event: instagramEvents.event,
      occurredAt: instagramEvents.occurredAt,
      receivedAt: instagramEvents.receivedAt,
    })
    .from(instagramEvents)
    .where(inArray(instagramEvents.senderId, [...senders]))
    .orderBy(asc(instagramEvents.id));
  const replies = await selectReplies(
    db,
    rows.map(({ id }) => id),
  );
  return rows.map(({ id, ...row }) => ({ ...row, replies: replies.get(id) ?? [] }));
}

/** With the answers to them, whose rows go with the events' own. */
async function eraseEventsOf(tx: Transaction, senders: readonly string[]): Promise<number> {
  if (senders.length === 0) return 0;
  const replies = rowsOf<{ id: number }>(
    await tx.execute(sql`
      select r.id from instagram_replies r join instagram_events e on e.id = r.event_id where e.sender_id in ${textsIn(senders)}`),
  );
  await deleteDeliveries(
    tx,
    replies.map(({ id }) => replySubject(id)),
  );
  // What was put aside would bring them back when it is read once more.
  await removeRows(
    tx,
    "instagram_webhooks",
    sql`failure is not null and exists (select 1 from jsonb_array_elements_text(${JSON.stringify(senders)}::jsonb) x where strpos(body, x) > 0)`,
  );
  return removeRows(tx, "instagram_events", sql`sender_id in ${textsIn(senders)}`);
}
