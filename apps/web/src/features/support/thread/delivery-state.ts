import type { Delivery, Message } from "@pult/api/support/schema.ts";

/** What became of an agent's message, as one word. */
export type DeliveryState = "sent" | "delivered" | "read" | "failed";

/**
 * `failed` as soon as one route to the customer gave up and none reached them, `read` by the customer's own mark, `delivered` when a route
 * arrived. A copy for the support group that failed counts too, as the group does not see the answer.
 */
export function deliveryState(message: Pick<Message, "id" | "deliveries">, customerReadId: number): DeliveryState {
  if (message.id <= customerReadId) return "read";
  if (failedRoutes(message).length > 0) return "failed";
  const reached = message.deliveries.some(({ leg, state }) => leg !== "group" && state === "delivered");
  return reached ? "delivered" : "sent";
}

export function failedRoutes(message: Pick<Message, "deliveries">): Delivery[] {
  const { deliveries } = message;
  const hasReached = deliveries.some(({ leg, state }) => leg !== "group" && state === "delivered");
  // A push that failed beside a Telegram message that arrived is no failure of the message.
  return deliveries.filter(({ leg, state }) => state === "failed" && !(leg === "push" && hasReached));
}

/** The delivery route that waits for another try, soonest first. */
export function waitingRoute(message: Pick<Message, "deliveries">): Delivery | null {
  const waiting = message.deliveries.filter(({ state, retryAt }) => state === "pending" && retryAt !== null);
  return waiting.sort((a, b) => ((a.retryAt ?? "") < (b.retryAt ?? "") ? -1 : 1))[0] ?? null;
}
