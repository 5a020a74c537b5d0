import type { StoredEvent } from "@pult/api/notifications/schema.ts";
import { expect, it } from "vitest";
import { excessOf, openModes } from "./comment-answers.tsx";

const timestamp = "2026-03-10T12:00:00.000Z";
const comment = (eventType: string, replies: StoredEvent["replies"] = []): StoredEvent => ({
  eventId: 1,
  event: { id: "c", eventType, sender: { id: "2" }, content: "", timestamp, accountId: "1" },
  replies,
});
const reply = { id: 1, mode: "private", text: "", createdBy: "", createdAt: timestamp, reason: null } as const;
const now = Date.parse(timestamp);

it("offers a private answer once, for a week, and none in public to a live comment", () => {
  expect(openModes(comment("comments"), now)).toEqual(["public", "private"]);
  expect(openModes(comment("live_comments"), now)).toEqual(["private"]);
  expect(openModes(comment("comments", [{ ...reply, state: "unknown" }]), now)).toEqual(["public"]);
  expect(openModes(comment("comments", [{ ...reply, state: "failed" }]), now)).toEqual(["public", "private"]);
  expect(openModes(comment("comments"), now + 7 * 86_400_000)).toEqual(["public"]);
});

it("counts a public answer in characters and a private one in bytes", () => {
  expect(excessOf("public", "я".repeat(2_201))).toBe(1);
  expect(excessOf("private", "я".repeat(501))).toBe(2);
});
