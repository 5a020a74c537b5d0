import type { Delivery } from "@pult/api/support/schema.ts";
import { describe, expect, it } from "vitest";
import { messageFixture } from "../testing.ts";
import { deliveryState, failedRoutes, waitingRoute } from "./delivery-state.ts";

const leg = (name: Delivery["leg"], state: Delivery["state"], retryAt: string | null = null): Delivery => ({
  leg: name,
  state,
  reason: null,
  retryAt,
});
const sent = (...deliveries: Delivery[]) => messageFixture(5, { kind: "agent", deliveries });

describe("deliveryState", () => {
  it("goes from sent over delivered to read", () => {
    expect(deliveryState(sent(leg("telegram", "pending")), 0)).toBe("sent");
    expect(deliveryState(sent(leg("telegram", "delivered"), leg("group", "pending")), 0)).toBe("delivered");
    expect(deliveryState(sent(leg("telegram", "delivered")), 5)).toBe("read");
  });

  it("counts only what reaches the customer as delivered", () => {
    expect(deliveryState(sent(leg("group", "delivered")), 0)).toBe("sent");
  });

  it("is failed when the way to the customer failed", () => {
    expect(deliveryState(sent(leg("telegram", "failed"), leg("group", "delivered")), 0)).toBe("failed");
  });

  it("does not complain of a push beside a message that arrived", () => {
    expect(deliveryState(sent(leg("telegram", "delivered"), leg("push", "failed")), 0)).toBe("delivered");
    expect(failedRoutes(sent(leg("push", "failed")))).toHaveLength(1);
  });

  it("was not lost when the customer has read it", () => {
    expect(deliveryState(sent(leg("push", "failed")), 9)).toBe("read");
  });
});

it("waitingRoute is the one that is tried next", () => {
  const message = sent(
    leg("telegram", "pending", "2026-11-01T10:02:00Z"),
    leg("push", "pending", "2026-11-01T10:01:00Z"),
  );
  expect(waitingRoute(message)?.leg).toBe("push");
  expect(waitingRoute(sent(leg("telegram", "pending")))).toBeNull();
});
