import type { Database, Transaction } from "@pult/db/database.ts";
import { webhookDeliveries, webhooks } from "@pult/db/schema/workflows.ts";
import { and, eq, isNull } from "drizzle-orm";
import { z } from "zod";
import { selectHolders } from "../../auth/team/holders.ts";
import type { Deps } from "../../context.ts";
import { notify } from "../../notices/notify.ts";
import type { DueItem, OutboxHandler, OutboxItem, SettledAt, Verdict } from "../../outbox/outbox.ts";
import { type Why, why } from "../../outbox/why.ts";
import { backoffMs } from "../../outbox/worker.ts";
import type { NewEntry } from "../../realtime/log.ts";
import { storableText } from "../../storable.ts";
import { presentEvent } from "../events/list.ts";
import { webhookFailingNotice } from "../notices.ts";
import { personOfOwner } from "../owner.ts";
import { signatureOf, signingSecrets, type WebhookRow } from "./secrets.ts";
import type { WebhookAnswer } from "./sender.ts";

/** The node that holds it moves events from the logs and calls receivers. */
export const WEBHOOKS_LEASE = "webhooks";

export const WEBHOOK_TIMES = {
  /** How long a delivery is tried, from when it was queued. */
  triedMs: 24 * 60 * 60_000,
  /** After so long without success those who look after the webhook get a notice. */
  failingMs: 60 * 60_000,
  /** How soon a webhook that was switched on again is looked at. */
  offMs: 60_000,
};

/** The longest pause between two attempts. */
const MAX_PAUSE_MS = 60 * 60_000;

const payloadSchema = z.object({ deliveryId: z.int() });
type Payload = z.infer<typeof payloadSchema>;

export type DeliveryRow = typeof webhookDeliveries.$inferSelect;

/** What is kept of an event: as its log holds it. */
export interface KeptEvent {
  at: string;
  payload: { type: string };
}

export const deliverySubject = (id: number): string => `workflows.delivery:${id}`;

/** Puts deliveries into their webhook's queue, in this order. */
export const itemsOf = (webhookId: string, ids: readonly number[], dueAt: Date): OutboxItem<Payload>[] =>
  ids.map((deliveryId) => ({
    queue: `webhook:${webhookId}`,
    kind: "workflows.webhook",
    lease: WEBHOOKS_LEASE,
    priority: "normal",
    dueAt,
    payload: { deliveryId },
    subject: deliverySubject(deliveryId),
    personId: null,
    route: "webhook",
  }));

/** Calls a webhook with an event, signed now. @throws VaultError */
export async function callWebhook(
  deps: Pick<Deps, "vault" | "webhooks" | "mediaLinks" | "now">,
  hook: WebhookRow,
  { eventId, type, event }: Pick<DeliveryRow, "eventId" | "type" | "event">,
): Promise<WebhookAnswer> {
  const { at, payload } = event as KeptEvent;
  const now = deps.now();
  const body = JSON.stringify(presentEvent(deps, { id: eventId, topic: "", at, payload }));
  return deps.webhooks.post({
    url: hook.url,
    body,
    headers: {
      "content-type": "application/json",
      "user-agent": "Pult-Webhooks/1",
      "x-pult-signature": signatureOf(signingSecrets(deps, hook, now), { at: now, body }),
      "x-pult-event": type,
      "x-pult-event-id": eventId,
      "x-pult-webhook": hook.id,
    },
  });
}

export const isTaken = (answer: WebhookAnswer): boolean =>
  answer.kind === "answered" && answer.status >= 200 && answer.status < 300;

/** Why an attempt failed, with the receiver's own words where it answered. */
export function faultOf(answer: WebhookAnswer, url: string): Why {
  const service = URL.parse(url)?.host ?? "";
  switch (answer.kind) {
    case "private":
      return why("notPublic");
    case "noAnswer":
      return why("noAnswer", { service });
    case "unreachable":
      return why("unreachable", { service });
    case "answered": {
      const fault = why("answered", { service, status: answer.status });
      const words = storableText(answer.start).replaceAll(/\s+/g, " ").trim();
      return words === "" ? fault : { ...fault, params: { ...fault.params, words } };
    }
  }
}

export const webhookHandler: OutboxHandler<Payload> = {
  schema: payloadSchema,
  lease: () => WEBHOOKS_LEASE,
  buckets: () => [],
  async deliver(deps, item): Promise<Verdict<Payload>> {
    const found = await selectDelivery(deps.db, item.payload.deliveryId);
    if (!found) return { state: "skipped", ...why("gone") };
    const { hook, delivery } = found;
    if (!hook.isActive) return { state: "wait", scope: "planned", delayMs: WEBHOOK_TIMES.offMs, ...why("turnedOff") };
    const answer = await callWebhook(deps, hook, delivery);
    const status = answer.kind === "answered" ? answer.status : 0;
    if (isTaken(answer)) return { state: "done", result: { status, ms: answer.ms } };
    const fault = faultOf(answer, hook.url);
    const told = { ...fault, params: { ...fault.params, httpStatus: status, ms: answer.ms } };
    const delayMs = backoffMs(item.attempts, MAX_PAUSE_MS);
    const isOver = deps.now().getTime() + delayMs - delivery.queuedAt.getTime() > WEBHOOK_TIMES.triedMs;
    // Never parked by the outbox: the queue waits for its receiver.
    return isOver ? { state: "failed", ...told } : { state: "wait", scope: "provider", delayMs, ...told };
  },
  settled: storeOutcome,
};

async function selectDelivery(db: Database, id: number): Promise<{ hook: WebhookRow; delivery: DeliveryRow } | null> {
  const [row] = await db
    .select({ hook: webhooks, delivery: webhookDeliveries })
    .from(webhookDeliveries)
    .innerJoin(webhooks, eq(webhooks.id, webhookDeliveries.webhookId))
    .where(eq(webhookDeliveries.id, id));
  return row ?? null;
}

async function storeOutcome(
  tx: Transaction,
  { payload: { deliveryId }, attempts }: DueItem<Payload>,
  settled: SettledAt<Payload>,
): Promise<readonly NewEntry[]> {
  if (settled.state === "skipped" || (settled.state === "wait" && settled.scope === "planned")) return [];
  const { at } = settled;
  if (settled.state === "done") {
    const { status, ms } = settled.result as { status: number; ms: number };
    const attempt = { state: "done", statusCode: status, ms, error: null, problem: null, params: null };
    const webhookId = await storeAttempt(tx, deliveryId, { ...attempt, attempts: attempts + 1, attemptedAt: at });
    if (webhookId !== null)
      await tx
        .update(webhooks)
        .set({ deliveredAt: at, failingSince: null, toldAt: null })
        .where(eq(webhooks.id, webhookId));
    return [];
  }
  const { httpStatus = 0, ms = null, ...params } = settled.params ?? {};
  const webhookId = await storeAttempt(tx, deliveryId, {
    state: settled.state === "wait" ? "pending" : "failed",
    statusCode: Number(httpStatus) || null,
    ms: ms === null ? null : Number(ms),
    error: settled.reason,
    problem: settled.problem ?? null,
    params,
    attempts: attempts + 1,
    attemptedAt: at,
  });
  return webhookId === null ? [] : noteFailure(tx, webhookId, { at, reason: settled.reason });
}

async function storeAttempt(tx: Transaction, id: number, attempt: Partial<DeliveryRow>): Promise<string | null> {
  const [row] = await tx
    .update(webhookDeliveries)
    .set(attempt)
    .where(eq(webhookDeliveries.id, id))
    .returning({ webhookId: webhookDeliveries.webhookId });
  return row?.webhookId ?? null;
}

/** After an hour without success those who set it up are told, once. */
async function noteFailure(
  tx: Transaction,
  webhookId: string,
  { at, reason }: { at: Date; reason: string },
): Promise<readonly NewEntry[]> {
  await tx
    .update(webhooks)
    .set({ failingSince: at })
    .where(and(eq(webhooks.id, webhookId), isNull(webhooks.failingSince)));
  const [hook] = await tx.select().from(webhooks).where(eq(webhooks.id, webhookId));
  if (!hook?.failingSince || hook.toldAt !== null) return [];
  if (at.getTime() - hook.failingSince.getTime() < WEBHOOK_TIMES.failingMs) return [];
  await tx.update(webhooks).set({ toldAt: at }).where(eq(webhooks.id, webhookId));
  const creator = personOfOwner(hook.owner);
  const readers = creator === null ? await selectHolders(tx, "auth:write") : [creator];
  const told = await notify(
    tx,
    at,
    readers.map((personId) => ({
      kind: webhookFailingNotice,
      personId,
      event: `webhook:${webhookId}:${hook.failingSince?.toISOString()}`,
      about: `workflows.webhook:${webhookId}`,
      data: { webhookId, name: hook.name, reason },
    })),
  );
  return told.entries;
}
