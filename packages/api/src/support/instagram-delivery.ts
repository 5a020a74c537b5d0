import type { Database, Transaction } from "@pult/db/database.ts";
import { rowsOf } from "@pult/db/rows.ts";
import { instagramSends } from "@pult/db/schema/support.ts";
import { eq, sql } from "drizzle-orm";
import type { Deps } from "../context.ts";
import { callInstagram } from "../instagram/connection.ts";
import {
  IMAGE_TYPES,
  INSTAGRAM_LEASE,
  type InstagramApp,
  InstagramError,
  type InstagramMessage,
  MAX_IMAGE_BYTES,
} from "../instagram/instagram.ts";
import { accountBucket, verdictOf } from "../instagram/verdict.ts";
import { confirmDelivery } from "../outbox/deliveries.ts";
import type { OutboxHandler, Verdict } from "../outbox/outbox.ts";
import { type Problem, why } from "../outbox/why.ts";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import { deliveryChanged, selectJob } from "./outbox-handlers.ts";
import { type InstagramPayload, instagramPayload } from "./plan-deliveries.ts";
import { needsTag, windowRefusal } from "./reply-window.ts";

/** An agent's answer, sent to the customer on Instagram. */
export const instagramHandler: OutboxHandler<InstagramPayload> = {
  schema: instagramPayload,
  lease: () => INSTAGRAM_LEASE,
  buckets: () => [accountBucket],
  async deliver(deps, { id, payload, attempts }) {
    const { db, instagram, now } = deps;
    const found = await selectJob(db, payload.messageId);
    if (!found) return { state: "skipped", ...why("gone") };
    if (!instagram) return { state: "failed", ...why("noInstagram") };
    const { conversation } = found;
    if (payload.type === "attachment") return { state: "failed", ...why("cannotCarry", { service: "Instagram" }) };
    const refusal = photoRefusal({ ...deps, instagram }, payload) ?? windowRefusal(conversation, now());
    if (refusal) return { state: "failed", ...why(refusal) };
    if (!(await beginSend(deps, id, payload.messageId))) return { state: "unknown", ...why("interrupted") };
    return send({ ...deps, instagram }, { payload, attempts, conversation });
  },
  async settled(tx, { id, payload }, settled) {
    const mid = settled.state === "done" ? (settled.result as { mid?: string } | undefined)?.mid : undefined;
    const entries = await deliveryChanged(tx, payload.messageId, settled);
    const mine = eq(instagramSends.outboxId, id);
    if (mid !== undefined && entries.length > 0)
      await tx.update(instagramSends).set({ mid, state: "sent" }).where(mine);
    else if (settled.state === "unknown") await tx.update(instagramSends).set({ state: "unknown" }).where(mine);
    else await tx.delete(instagramSends).where(mine);
    return entries;
  },
};

/** Instagram loads photos itself. @returns why it could not */
function photoRefusal(
  { config, instagram }: { config: Deps["config"]; instagram: InstagramApp },
  payload: InstagramPayload,
): Problem | null {
  if (payload.type !== "photo") return null;
  if (instagram.needsHttps && !config.origin.startsWith("https:")) return "photoNeedsHttps";
  if (!IMAGE_TYPES.includes(payload.contentType)) return "photoFormat";
  return payload.sizeBytes > MAX_IMAGE_BYTES ? "photoSize" : null;
}

/**
 * Notes that a call begins; one whose answer was lost is repeated only after a person asked for it.
 * @returns false when an earlier call has begun and its end was not stored
 */
async function beginSend({ db, now }: Pick<Deps, "db" | "now">, outboxId: number, messageId: number): Promise<boolean> {
  const begun = await db
    .insert(instagramSends)
    .values({ outboxId, messageId, startedAt: now() })
    .onConflictDoUpdate({
      target: instagramSends.outboxId,
      set: { state: "begun" },
      setWhere: eq(instagramSends.state, "unknown"),
    })
    .returning({ id: instagramSends.outboxId });
  return begun.length > 0;
}

async function send(
  deps: Deps & { instagram: InstagramApp },
  job: {
    payload: Exclude<InstagramPayload, { type: "attachment" }>;
    attempts: number;
    conversation: ConversationRecord;
  },
): Promise<Verdict<InstagramPayload>> {
  const { payload, attempts, conversation } = job;
  const { replyWindow, externalId } = conversation;
  const message: InstagramMessage = {
    to: { id: externalId },
    content:
      payload.type === "text"
        ? { text: payload.text }
        : { imageUrl: `${deps.config.origin}${deps.mediaLinks.path(payload.fileKey)}` },
    ...(replyWindow && needsTag(replyWindow, deps.now()) ? { tag: "HUMAN_AGENT" } : {}),
  };
  try {
    const { messageId: mid } = await callInstagram(deps, (api, token) => api.sendMessage(token, message));
    return { state: "done", result: { mid } };
  } catch (error) {
    if (error instanceof InstagramError) return verdictOf(error, attempts);
    throw error;
  }
}

/** Our message that Instagram knows by this id; null for one that was not sent from here. */
async function sentAs(db: Database | Transaction, mid: string): Promise<number | null> {
  const [row] = await db
    .select({ messageId: instagramSends.messageId })
    .from(instagramSends)
    .where(eq(instagramSends.mid, mid));
  return row?.messageId ?? null;
}

/** Whether a call to this person is under way. */
export async function isSending(db: Database, customerId: string): Promise<boolean> {
  const found = await db.execute(sql`
    select 1 from instagram_sends s join messages m on m.id = s.message_id join conversations c on c.id = m.conversation_id
    where s.state = 'begun' and c.channel = 'instagram' and c.external_id = ${customerId}`);
  return rowsOf(found).length > 0;
}

/** What the account wrote, as Instagram repeats it. */
export interface Echo {
  customerId: string;
  mid: string;
  /** Empty for photos. */
  text: string;
}

/**
 * Whether an echo is of what was sent from here. It says of a call whose answer was lost that it arrived.
 * @returns `soon` while such a call is under way: ask again
 */
export async function recogniseEcho(
  ctx: Pick<Deps, "db" | "bus">,
  { customerId, mid, text }: Echo,
): Promise<"own" | "other" | "soon"> {
  if ((await sentAs(ctx.db, mid)) !== null) return "own";
  const [open] = rowsOf<{ id: number; state: string; messageId: number }>(
    await ctx.db.execute(sql`
      select o.id, o.state, s.message_id as "messageId" from instagram_sends s
      join outbox o on o.id = s.outbox_id join messages m on m.id = s.message_id join conversations c on c.id = m.conversation_id
      where s.state <> 'sent' and c.channel = 'instagram' and c.external_id = ${customerId}
        and coalesce(o.payload->>'text', '') = ${text} order by o.id limit 1`),
  );
  if (!open) return "other";
  if (open.state === "pending") return "soon";
  const { id, messageId } = open;
  const appended = await ctx.db.transaction(async (tx) => {
    if (!(await confirmDelivery(tx, id))) return null;
    await tx.update(instagramSends).set({ mid, state: "sent" }).where(eq(instagramSends.outboxId, id));
    return appendToLogs(tx, await deliveryChanged(tx, messageId, null));
  });
  if (appended) publishAppended(ctx.bus, appended);
  return appended ? "own" : "soon";
}
