import { describe, expect, it } from "vitest";
import { touches, withOlder } from "../../thread/thread-store.ts";
import { messageFixture, pageFixture as page, rowFixture } from "../testing.ts";
import { layPage, withEvent } from "./thread-store.ts";

const ids = (state: { messages: readonly { id: number }[] }) => state.messages.map((message) => message.id);

describe("thread state", () => {
  it("grows upward with earlier pages and downward with events", () => {
    let state = withOlder(layPage(null, page(11, 13)), page(8, 10, false));
    state = withEvent(state, { type: "messageSent", message: messageFixture(14) });
    expect(ids(state)).toEqual([8, 9, 10, 11, 12, 13, 14]);
    expect(state.hasMore).toBe(false);
  });

  it("is not changed by an event that comes twice", () => {
    const event = { type: "messageSent", message: messageFixture(14) } as const;
    const once = withEvent(layPage(null, page(11, 13)), event);
    expect(ids(withEvent(once, event))).toEqual(ids(once));
  });

  it("puts a message that arrives late in its place", () => {
    const state = withEvent(layPage(null, page(11, 13)), { type: "messageSent", message: messageFixture(15) });
    expect(ids(withEvent(state, { type: "messageSent", message: messageFixture(14) }))).toEqual([11, 12, 13, 14, 15]);
  });

  it("ignores an edit of a message that is not loaded", () => {
    const state = layPage(null, page(11, 13));
    expect(withEvent(state, { type: "messageEdited", message: messageFixture(2) })).toBe(state);
  });

  it("replaces deliveries and the row, and keeps the details", () => {
    const deliveries = [{ leg: "telegram", state: "failed", reason: "blocked", retryAt: null } as const];
    let state = withEvent(layPage(null, page(1, 2)), { type: "deliveryChanged", messageId: 2, deliveries });
    state = withEvent(state, { type: "conversationChanged", conversation: rowFixture(1, { status: "resolved" }) });
    expect(state.messages[1]?.deliveries).toEqual(deliveries);
    expect(state.conversation).toMatchObject({ status: "resolved", devices: [] });
  });

  it("knows a hole from a continuation", () => {
    const state = layPage(null, page(1, 10, false));
    expect(touches(state, page(10, 20))).toBe(true);
    expect(touches(state, page(12, 20))).toBe(false);
    expect(touches(state, page(12, 20, false))).toBe(true);
  });

  it("keeps its past when the newest page touches it, and lets it go when it does not", () => {
    expect(layPage(layPage(null, page(1, 10, false)), page(8, 12)).hasMore).toBe(false);
    expect(ids(layPage(layPage(null, page(1, 10, false)), page(8, 12)))).toHaveLength(12);
    expect(layPage(layPage(null, page(9, 10)), page(5, 12, false)).hasMore).toBe(false);
    expect(ids(layPage(layPage(null, page(1, 10, false)), page(20, 22)))).toEqual([20, 21, 22]);
  });
});
