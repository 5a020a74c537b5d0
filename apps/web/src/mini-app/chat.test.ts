import type { CustomerHistory } from "@pult/api/support/schema.ts";
import { describe, expect, it } from "vitest";
import { messageFixture } from "../features/support/testing.ts";
import { withOlder } from "../features/thread/thread-store.ts";
import { countUnread, newestIncomingId, withEvent, withNewest } from "./chat.ts";

const range = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => messageFixture(from + index));
const page = (from: number, to: number, hasMore = true, agentReadId = 0): CustomerHistory => ({
  messages: range(from, to),
  hasMore,
  agentReadId,
  customerReadId: 0,
});
const ids = (thread: { messages: readonly { id: number }[] }) => thread.messages.map((message) => message.id);

describe("a customer's thread", () => {
  it("grows upward with pages and downward with events", () => {
    let thread = withOlder(withNewest(null, page(4, 6)), { messages: range(1, 3), hasMore: false });
    thread = withEvent(thread, { type: "messageSent", message: messageFixture(7) });
    expect(ids(thread)).toEqual([1, 2, 3, 4, 5, 6, 7]);
    expect(thread.hasMore).toBe(false);
  });

  it("never moves a read mark back", () => {
    const known = withNewest(null, page(1, 3, false, 3));
    expect(withEvent(known, { type: "read", agentReadId: 2 }).agentReadId).toBe(3);
    expect(withNewest(known, page(1, 3, false, 1)).agentReadId).toBe(3);
  });

  it("takes an answer for having read what was there", () => {
    const answer = messageFixture(4, { kind: "agent" });
    const thread = withEvent(withNewest(null, page(1, 3, false)), { type: "messageSent", message: answer });
    expect(thread.agentReadId).toBe(4);
  });

  it("counts the answers that the customer has not read", () => {
    const answer = (id: number) => ({ type: "messageSent" as const, message: messageFixture(id, { kind: "agent" }) });
    const thread = [3, 4].map(answer).reduce(withEvent, withNewest(null, page(1, 2, false)));
    expect(countUnread(thread)).toBe(2);
    expect(countUnread({ ...thread, customerReadId: 3 })).toBe(1);
  });

  it("knows the newest message of the other side", () => {
    const thread = withEvent(withNewest(null, page(1, 2, false)), {
      type: "messageSent",
      message: messageFixture(3, { kind: "agent" }),
    });
    expect(newestIncomingId(thread)).toBe(3);
    expect(newestIncomingId(withNewest(null, page(1, 2, false)))).toBe(0);
  });
});
