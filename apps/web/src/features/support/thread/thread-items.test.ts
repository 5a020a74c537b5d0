import { describe, expect, it } from "vitest";
import type { QueuedReply } from "../composer/reply-queue.ts";
import { messageFixture } from "../testing.ts";
import { conversationItems, type ThreadItem } from "./thread-items.ts";

const dayOf = (iso: string) => iso.slice(0, 10);
const base = { outgoing: [], hasMore: true, seenId: null, dayOf };
const at = (minute: number) => `2026-11-01T10:${String(minute).padStart(2, "0")}:00.000Z`;
const own = (id: number, minute: number, clientId: string | null = `c${id}`) =>
  messageFixture(id, { kind: "agent", author: { id: "a", name: "A" }, createdAt: at(minute), clientId });
const outgoing = (clientId: string, minute: number): QueuedReply => ({
  clientId,
  conversationId: 1,
  kind: "agent",
  text: "x",
  photos: [],
  replyTo: null,
  createdAt: at(minute),
  state: "sending",
  failure: null,
});
const shape = (items: ThreadItem[]) =>
  items.map((item) => {
    if (!("joinsAbove" in item)) return item.type;
    if (item.type === "message" && item.message.change) return "event";
    const place = item.joinsAbove ? (item.joinsBelow ? "middle" : "last") : item.joinsBelow ? "first" : "only";
    return `${item.type} ${place}`;
  });

describe("conversationItems", () => {
  it("groups what one hand wrote within ten minutes", () => {
    const messages = [1, 2, 3].map((minute) => messageFixture(minute, { createdAt: at(minute) }));
    const later = messageFixture(4, { createdAt: at(20) });
    expect(shape(conversationItems({ ...base, messages: [...messages, later, own(5, 21)] }))).toEqual([
      "day",
      "message first",
      "message middle",
      "message last",
      "message only",
      "message only",
    ]);
  });

  it("parts days, and a group with them", () => {
    const messages = [
      messageFixture(1, { createdAt: "2026-11-01T23:59:00.000Z" }),
      messageFixture(2, { createdAt: "2026-11-02T00:01:00.000Z" }),
    ];
    expect(shape(conversationItems({ ...base, messages }))).toEqual(["day", "message only", "day", "message only"]);
  });

  it("says where new messages begin and how many there are", () => {
    const messages = [1, 2, 3].map((id) => messageFixture(id, { createdAt: at(id) }));
    const items = conversationItems({ ...base, messages, seenId: 1 });
    expect(shape(items)).toEqual(["day", "message only", "new", "message first", "message last"]);
    expect(items[2]).toMatchObject({ count: 2 });
    expect(shape(conversationItems({ ...base, messages, seenId: 3 }))).not.toContain("new");
  });

  it("keeps a note apart from a reply, and an event from both", () => {
    const note = { ...own(2, 2), kind: "note" as const };
    const event = messageFixture(3, { kind: "event", change: { type: "assigned", assignee: null }, createdAt: at(3) });
    expect(shape(conversationItems({ ...base, messages: [own(1, 1), note, event, own(4, 4)] }))).toEqual([
      "day",
      "message only",
      "message only",
      "event",
      "message only",
    ]);
  });

  it("shows pending messages after the rest, joined to our own, once", () => {
    const items = conversationItems({
      ...base,
      messages: [own(1, 1)],
      outgoing: [outgoing("c1", 1), outgoing("c9", 2)],
    });
    expect(shape(items)).toEqual(["day", "message first", "outgoing last"]);
  });

  it("keeps the key of a message when the server confirms it", () => {
    const before = conversationItems({ ...base, messages: [], outgoing: [outgoing("c9", 2)] });
    const after = conversationItems({ ...base, messages: [own(9, 2, "c9")] });
    expect(after.map((item) => item.key)).toEqual(before.map((item) => item.key));
  });

  it("says where the conversation begins once all of it is there", () => {
    expect(shape(conversationItems({ ...base, messages: [own(1, 1)], hasMore: false }))[0]).toBe("start");
  });
});
