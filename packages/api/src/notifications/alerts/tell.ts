import type { Transaction } from "@pult/db/database.ts";
import { z } from "zod";
import { selectHolders } from "../../auth/team/holders.ts";
import { type NewNotice, type Notified, notify, selectChoosers } from "../../notices/notify.ts";
import { enqueue, type HandedOver, type OutboxHandler } from "../../outbox/outbox.ts";
import { why } from "../../outbox/why.ts";
import { PUSH_LEASE } from "../../push/delivery.ts";
import { alertNotice } from "../notices.ts";
import { type LiveAlert, liveAlert } from "../schema.ts";

/** Customers who are told in one transaction. */
const PORTION = 500;

const payload = z.object({
  alert: liveAlert,
  /** The last one who was told. */
  after: z.uuid().nullable(),
});
type Payload = z.infer<typeof payload>;

/** One line until it is read, for staff who may read alerts and customers who asked for them. */
const noticeOf = (alert: LiveAlert, personId: string, reader: "staff" | "customer"): NewNotice<LiveAlert> => ({
  ...{ kind: alertNotice, key: alertNotice.name, event: `alert:${alert.id}`, data: alert, personId, reader },
  expiresAt: new Date(alert.expiresAt),
});

/** Tells staff now; customers follow in portions, so that however many they are the alert is not late for those who are connected. */
export async function tellOfAlert(tx: Transaction, now: Date, alert: LiveAlert): Promise<Notified> {
  const staff = await selectHolders(tx, "notifications:read");
  const told = await notify(
    tx,
    now,
    staff.map((personId) => noticeOf(alert, personId, "staff")),
  );
  await enqueue(tx, [
    {
      ...{ queue: `alert:${alert.id}`, kind: "notifications.alert", lease: PUSH_LEASE, priority: "normal", dueAt: now },
      ...{ payload: { alert, after: null } satisfies Payload, subject: `notifications.alert:${alert.id}` },
      ...{ personId: null, route: "notices" },
    },
  ]);
  return { ...told, owes: true };
}

/** Tells the customers who asked for alerts of one. */
export const alertHandler: OutboxHandler<Payload> = {
  schema: payload,
  lease: () => PUSH_LEASE,
  buckets: () => [],
  deliver: async () => ({ state: "handOver" }),
  async handOver({ now }, tx, { payload: { alert, after } }): Promise<HandedOver<Payload>> {
    if (new Date(alert.expiresAt) <= now()) return { settled: { state: "skipped", ...why("expired") }, entries: [] };
    const customers = await selectChoosers(tx, alertNotice, { after, limit: PORTION });
    const { entries } = await notify(
      tx,
      now(),
      customers.map((personId) => noticeOf(alert, personId, "customer")),
    );
    const last = customers.length < PORTION ? undefined : customers.at(-1);
    if (last === undefined) return { settled: { state: "done" }, entries };
    const rest = { delayMs: 0, ...why("nextPortion"), payload: { alert, after: last } };
    return { settled: { state: "wait", scope: "planned", ...rest }, entries };
  },
  settled: async () => [],
};
