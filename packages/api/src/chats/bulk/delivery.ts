import { telegramSessions } from "@pult/db/schema/chats.ts";
import { eq } from "drizzle-orm";
import type { Deps } from "../../context.ts";
import { notify } from "../../notices/notify.ts";
import type { DueItem, OutboxHandler, Verdict } from "../../outbox/outbox.ts";
import { heldAccount } from "../engine/engine.ts";
import { accountLease } from "../engine/lease.ts";
import { TelegramFailure } from "../engine/port.ts";
import { markFlood } from "../engine/session-state.ts";
import { sendHandler } from "../sends/delivery.ts";
import { claimNext } from "./claim.ts";
import { giveUpBegun, goOn, storeOutcomes } from "./outcomes.ts";
import { ACCOUNT_EXPIRED, pauseBulks } from "./pause.ts";
import { type BulkPayload, bulkPayload } from "./tick.ts";

/** How soon it is looked again whether the account is connected. */
const LOOK_MS = 2_000;

/** What an account sends to many, one message after the other: its own, whatever the message to many. */
export const bulkHandler: OutboxHandler<BulkPayload> = {
  schema: bulkPayload,
  lease: (_, { accountId }) => accountLease(accountId),
  buckets: (_, { accountId }) => [{ name: accountLease(accountId), limit: null }],
  async deliver(deps, item) {
    const { accountId } = item.payload;
    const [session] = await deps.db.select().from(telegramSessions).where(eq(telegramSessions.id, accountId));
    if (session?.status !== "AUTHORIZED") return { state: "skipped", reason: ACCOUNT_EXPIRED };
    if (session.stoppedBy !== null) return { state: "skipped", reason: session.stoppedBy };
    const account = heldAccount(deps, accountId);
    if (!account?.isUp) return { state: "wait", scope: "provider", delayMs: LOOK_MS, reason: "NOT_CONNECTED" };
    try {
      const next = await claimNext(account, item.payload);
      if (next.type === "nothing") return { state: "done" };
      if (next.type === "later") {
        const delayMs = Math.max(1, next.at.getTime() - deps.now().getTime());
        return { state: "wait", scope: "planned", delayMs, reason: "Not yet" };
      }
      return await send(deps, item, next);
    } catch (error) {
      if (!(error instanceof TelegramFailure)) throw error;
      if (error.kind !== "flood") return { state: "wait", scope: "provider", delayMs: LOOK_MS, reason: error.reason };
      const delayMs = error.waitSeconds * 1_000;
      await markFlood(account.ctx, accountId, delayMs);
      return { state: "wait", scope: "bucket", delayMs, reason: error.reason };
    }
  },
  async settled(tx, { payload }, settled) {
    const now = settled.at;
    const entries = await storeOutcomes(tx, { target: payload, now });
    if (settled.state === "wait") return entries;
    if (settled.state === "done") return [...(await goOn(tx, { target: payload, now })), ...entries];
    await giveUpBegun(tx, payload, now);
    const reason = settled.state === "skipped" ? settled.reason : "internal";
    const paused = await pauseBulks(tx, { target: payload, reason, now });
    const told = await notify(tx, now, paused.notices);
    return [...told.entries, ...paused.entries, ...entries];
  },
};

async function send(
  deps: Deps,
  item: DueItem<BulkPayload>,
  { sendId, isUncertain }: { sendId: number; isUncertain: boolean },
): Promise<Verdict<BulkPayload>> {
  const { accountId } = item.payload;
  const payload = { accountId, ids: [sendId], mode: "queue" as const, untilMs: null, isUncertain };
  const verdict = await sendHandler.deliver(deps, { ...item, payload });
  if (verdict.state !== "wait") return { state: "done" };
  return { ...verdict, payload: item.payload };
}
