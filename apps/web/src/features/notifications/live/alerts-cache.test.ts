import type { LiveAlert } from "@pult/api/notifications/schema.ts";
import { QueryClient } from "@tanstack/react-query";
import { describe, expect, it } from "vitest";
import {
  ALERT_STATES,
  type AlertPages,
  type AlertRow,
  alertsByState,
  alertsKey,
  published,
  putAlert,
} from "./alerts-cache.ts";

const NOW = Date.parse("2026-11-28T12:00:00Z");

const alert = (id: string, minutes: number): LiveAlert => ({
  id,
  type: "halftime",
  name: `Demo alert ${id}`,
  marketId: "demo",
  confidence: 0.9,
  ev: 5,
  sport: "football",
  expiresAt: new Date(NOW + minutes * 60_000).toISOString(),
  publishedAt: new Date(NOW - 60_000).toISOString(),
});

function startLists() {
  const queryClient = new QueryClient();
  const put = (state: (typeof ALERT_STATES)[number], rows: AlertRow[]) =>
    queryClient.setQueryData<AlertPages>(alertsKey(state), { pageParams: [null], pages: [{ rows, nextBefore: null }] });
  put("open", [published(alert("3", 10)), published(alert("2", 1))]);
  put("expired", [published(alert("1", -1))]);
  put("settled", []);
  const read = (now = NOW) => {
    const lists = ALERT_STATES.map((state) => queryClient.getQueryData<AlertPages>(alertsKey(state)));
    const rows = alertsByState(lists, now);
    return Object.fromEntries(ALERT_STATES.map((state) => [state, rows[state].map(({ id }) => id)]));
  };
  return { queryClient, read };
}

describe("alerts", () => {
  it("move to the expired ones when their time is up", () => {
    const { read } = startLists();
    expect(read()).toEqual({ open: ["2", "3"], expired: ["1"], settled: [] });
    expect(read(NOW + 120_000)).toEqual({ open: ["3"], expired: ["2", "1"], settled: [] });
  });

  it("are added as they are published, once", () => {
    const { queryClient, read } = startLists();
    putAlert(queryClient, published(alert("4", 5)));
    putAlert(queryClient, published(alert("4", 5)));
    expect(read().open).toEqual(["2", "4", "3"]);
  });

  it("move to the settled ones, and back when the server refuses", () => {
    const { queryClient, read } = startLists();
    const before = published(alert("1", -1));
    putAlert(queryClient, { ...before, profit: "12.50", settledAt: new Date(NOW).toISOString() });
    expect(read()).toEqual({ open: ["2", "3"], expired: [], settled: ["1"] });
    putAlert(queryClient, before);
    expect(read()).toEqual({ open: ["2", "3"], expired: ["1"], settled: [] });
  });
});
