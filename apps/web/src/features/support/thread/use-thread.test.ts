import { expect, it } from "vitest";
import { messageFixture } from "../testing.ts";
import { seenBefore } from "./use-thread.ts";

const messages = [
  messageFixture(1),
  messageFixture(2, { kind: "agent" }),
  messageFixture(3),
  messageFixture(4, { kind: "event", change: { type: "assigned", assignee: null } }),
  messageFixture(5),
];

it("finds where the unread begin, counting customers' messages only", () => {
  expect(seenBefore(messages, 0)).toBeNull();
  expect(seenBefore(messages, 1)).toBe(4);
  expect(seenBefore(messages, 2)).toBe(2);
});

it("takes the oldest loaded one when more are unread than loaded", () => {
  expect(seenBefore(messages, 99)).toBe(0);
});
