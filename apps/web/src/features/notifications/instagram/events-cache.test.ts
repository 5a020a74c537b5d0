import type { StoredEvent } from "@pult/api/notifications/schema.ts";
import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import { rowsOf } from "../pages.ts";
import { type EventFilter, type EventPages, eventsKey, hearEvent, newestKnown, shorten } from "./events-cache.ts";

const stored = (eventId: number, eventType = "comments", accountId = "1"): StoredEvent => ({
  eventId,
  event: {
    id: `demo-${eventId}`,
    eventType,
    sender: {},
    content: "",
    timestamp: "2026-11-28T12:00:00.000Z",
    accountId,
  },
});

const ALL: EventFilter = { types: [], account: "" };
const COMMENTS: EventFilter = { types: ["comments"], account: "2" };

function startLists() {
  const queryClient = new QueryClient();
  for (const filter of [ALL, COMMENTS])
    queryClient.setQueryData<EventPages>(eventsKey(filter), {
      pageParams: [null],
      pages: [{ rows: [], nextBefore: null }],
    });
  const read = (filter: EventFilter) =>
    rowsOf(queryClient.getQueryData<EventPages>(eventsKey(filter))).map(({ eventId }) => eventId);
  return { queryClient, read };
}

describe("hearEvent", () => {
  it("adds an event to the lists whose filter shows it", () => {
    const { queryClient, read } = startLists();
    hearEvent(queryClient, stored(1));
    hearEvent(queryClient, stored(2, "comments", "2"));
    hearEvent(queryClient, stored(3, "a field of tomorrow", "2"));
    expect(read(ALL)).toEqual([3, 2, 1]);
    expect(read(COMMENTS)).toEqual([2]);
  });

  it("adds an event that is delivered once more only once", () => {
    const { queryClient, read } = startLists();
    for (const eventId of [1, 2, 1]) hearEvent(queryClient, stored(eventId));
    expect(read(ALL)).toEqual([2, 1]);
    expect(newestKnown(queryClient)).toBe(2);
  });
});

describe("shorten", () => {
  const listOf = (length: number): EventPages => ({
    pageParams: [null],
    pages: [{ rows: Array.from({ length }, (_, index) => stored(length - index)), nextBefore: null }],
  });

  it("lets go of the end of a long list, where it can be continued", () => {
    const short = shorten(listOf(601));
    expect(rowsOf(short)).toHaveLength(200);
    expect(short.pages[0]?.nextBefore).toBe(402);
  });

  it("leaves a list of usual length as it is", () => {
    const list = listOf(600);
    expect(shorten(list)).toBe(list);
  });
});
