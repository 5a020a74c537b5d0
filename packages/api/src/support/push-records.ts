import { devices, pushAttempts } from "@pult/db/schema/support.ts";
import { eq } from "drizzle-orm";
import type { Deps } from "../context.ts";
import type { PushResult, PushTarget } from "./push.ts";

export type DeviceRow = typeof devices.$inferSelect;

export function targetOf(device: DeviceRow): PushTarget {
  if (device.provider === "fcm") return { provider: "fcm", token: device.token };
  return {
    provider: "webpush",
    subscription: { endpoint: device.token, keys: device.keys as { p256dh: string; auth: string } },
  };
}

/** Keeps the provider's answer to one attempt, and removes a device the provider calls dead. */
export async function recordPush(
  { db, now }: Pick<Deps, "db" | "now">,
  attempt: { device: DeviceRow; messageId: number | null; result: PushResult },
): Promise<void> {
  const { device, messageId, result } = attempt;
  const at = now();
  await db.transaction(async (tx) => {
    await tx.insert(pushAttempts).values({
      messageId,
      deviceId: device.id,
      state: result.state,
      providerStatus: result.providerStatus,
      reason: result.reason,
      attemptedAt: at,
    });
    await tx
      .update(devices)
      .set({
        lastPushState: result.state === "retry" ? "failed" : result.state,
        lastPushStatus: result.providerStatus,
        lastPushReason: result.reason,
        lastPushAt: at,
        ...(result.state === "removed" ? { removedAt: at } : {}),
      })
      .where(eq(devices.id, device.id));
  });
}
