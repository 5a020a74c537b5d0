import { expect, it } from "vitest";
import { replyStateOf } from "./reply-window.tsx";

const replyWindow = {
  openedBy: "message",
  openedAt: "2026-03-10T12:00:00.000Z",
  until: "2026-03-11T12:00:00.000Z",
} as const;
const at = (iso: string) => Date.parse(iso);

it("closes replies at the end of the window, before it opens, and while nothing can be sent", () => {
  expect(replyStateOf({ replyWindow }, at("2026-03-11T11:00:00Z"))).toEqual({ kind: "open", leftMs: 3_600_000 });
  expect(replyStateOf({ replyWindow }, at("2026-03-11T12:00:00Z"))).toMatchObject({ kind: "closed" });
  expect(replyStateOf({ replyWindow: null }, 0)).toEqual({ kind: "notOpen" });
  expect(replyStateOf({ replyWindow, blocked: "expired" }, 0)).toEqual({ kind: "blocked", reason: "expired" });
  expect(replyStateOf({}, 0)).toEqual({ kind: "free" });
});
