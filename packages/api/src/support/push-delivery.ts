import type { Deps } from "../context.ts";
import { recordAttempt, selectActive, targetOf } from "../push/subscriptions.ts";
import type { ConversationRecord } from "./conversation-rows.ts";
import type { StoredMessage } from "./stored.ts";
import { messageSubject } from "./subjects.ts";
import { previewOf } from "./text.ts";

export type PushOutcome =
  | { state: "done" }
  /** Seen already, or nowhere to send it. */
  | { state: "skipped"; reason: string }
  | { state: "failed"; reason: string }
  /** These devices are to be tried again. */
  | { state: "retry"; reason: string; retryAfterMs: number | null; deviceIds: string[] };

const PUSH_TTL_SECONDS = 24 * 60 * 60;

/** Pushes one answer to the customer's devices, each on its own: what fails on one does not keep it from the others. */
export async function deliverPush(
  deps: Pick<Deps, "db" | "now" | "push" | "config">,
  job: { deviceIds: readonly string[]; message: StoredMessage; conversation: ConversationRecord },
): Promise<PushOutcome> {
  const { deviceIds, message, conversation } = job;
  if (conversation.customerReadId >= message.id) return { state: "skipped", reason: "Seen already" };
  const all = await selectActive(deps.db, [{ namespace: conversation.channel, externalId: conversation.externalId }]);
  const targets = all.filter((device) => deviceIds.includes(device.id));
  if (targets.length === 0) return { state: "skipped", reason: "No registered device" };
  const push = pushOf(deps, message, conversation);
  const results = await Promise.all(
    targets.map(async (device) => {
      const result = await deps.push.send(targetOf(device), push);
      const subject = messageSubject(message.id);
      await recordAttempt(deps.db, { subscriptionId: device.id, subject, result, now: deps.now() });
      return { device, result };
    }),
  );
  const again = results.flatMap(({ device, result }) => (result.state === "retry" ? [{ device, result }] : []));
  if (again.length > 0) {
    const waits = again.map(({ result }) => result.retryAfterMs ?? 0);
    return {
      state: "retry",
      reason: again[0]?.result.reason ?? "",
      retryAfterMs: Math.max(...waits) || null,
      deviceIds: again.map(({ device }) => device.id),
    };
  }
  if (results.some(({ result }) => result.state === "accepted")) return { state: "done" };
  return { state: "failed", reason: results[0]?.result.reason ?? "No device took it" };
}

function pushOf({ config }: Pick<Deps, "config">, message: StoredMessage, conversation: ConversationRecord) {
  const body = message.text.trim() === "" ? "📷" : previewOf(message.text, 500);
  return {
    title: config.workspace,
    body,
    data: { type: "support_message", message_id: String(message.id), user_id: conversation.externalId },
    collapseKey: `m${message.id}`,
    ttlSeconds: PUSH_TTL_SECONDS,
  };
}
