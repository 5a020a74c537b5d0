import type { Notice } from "@pult/api/notices/schema.ts";
import { QueryClient } from "@tanstack/react-query";
import { expect, it } from "vitest";
import { rowsOf } from "../notifications/pages.ts";
import { knownNotices, NOTICE_STATES, type NoticePages, noticesKey, putNotices } from "./notices-cache.ts";

const HOUR_MS = 3_600_000;

const notice = (id: number, changes: Partial<Notice> = {}): Notice => ({
  ...{ id, kind: "support.assigned", severity: "normal", title: `Notice ${id}`, body: "", count: 1 },
  ...{ target: `/inbox/${id}`, at: new Date(id * 1_000).toISOString() },
  ...{ readAt: null, archivedAt: null, snoozedUntil: null, ...changes },
});

function setUp(open: Notice[], nextBefore: string | null = null) {
  const queryClient = new QueryClient();
  const put = (state: (typeof NOTICE_STATES)[number], rows: Notice[]) =>
    queryClient.setQueryData<NoticePages>(noticesKey(state), { pageParams: [null], pages: [{ rows, nextBefore }] });
  for (const state of NOTICE_STATES) put(state, state === "open" || state === "unread" ? open : []);
  const ids = (state: (typeof NOTICE_STATES)[number]) =>
    rowsOf(queryClient.getQueryData<NoticePages>(noticesKey(state))).map(({ id }) => id);
  return { queryClient, ids };
}

it("moves a notice to the top of its list when another event is counted in it", () => {
  const { queryClient, ids } = setUp([notice(3), notice(2), notice(1)]);
  putNotices(queryClient, [notice(1, { at: new Date(9_000).toISOString(), count: 2 })]);
  expect(ids("open")).toEqual([1, 3, 2]);
  expect(knownNotices(queryClient).get(1)?.count).toBe(2);
});

it("keeps a read notice in its place among the open ones and takes it from the unread", () => {
  const { queryClient, ids } = setUp([notice(3), notice(2), notice(1)]);
  putNotices(queryClient, [notice(2, { readAt: new Date().toISOString() })]);
  expect(ids("open")).toEqual([3, 2, 1]);
  expect(ids("unread")).toEqual([3, 1]);
});

it("moves a notice to Archived or Snoozed alone, and back once the snooze is over", () => {
  const { queryClient, ids } = setUp([notice(2), notice(1)]);
  putNotices(queryClient, [notice(2, { archivedAt: new Date().toISOString() })]);
  const until = (delayMs: number) => ({ snoozedUntil: new Date(Date.now() + delayMs).toISOString() });
  putNotices(queryClient, [notice(1, until(HOUR_MS))]);
  expect(NOTICE_STATES.map(ids)).toEqual([[], [], [1], [2]]);
  putNotices(queryClient, [notice(1, until(-HOUR_MS))]);
  expect(NOTICE_STATES.map(ids)).toEqual([[1], [1], [], [2]]);
});

it("leaves out a notice older than all loaded ones while there are more to load", () => {
  const { queryClient, ids } = setUp([notice(3), notice(2)], "next");
  putNotices(queryClient, [notice(1)]);
  expect(ids("open")).toEqual([3, 2]);
});
