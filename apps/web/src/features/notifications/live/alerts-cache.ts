import type { LiveAlert, StaffAlert } from "@pult/api/notifications/schema.ts";
import type { QueryClient } from "@tanstack/react-query";
import { type Order, type Pages, putRow, rowsOf } from "../pages.ts";

export const ALERT_STATES = ["open", "expired", "settled"] as const;
export type AlertState = (typeof ALERT_STATES)[number];

/** An alert in the list. What only staff may know is missing in one that was heard of as it was published. */
export type AlertRow = LiveAlert & Pick<StaffAlert, "profit" | "settledAt"> & Partial<StaffAlert>;
export type AlertPages = Pages<AlertRow, string>;

export const ALERTS_KEY = ["live", "alerts"];
export const alertsKey = (state: AlertState) => [...ALERTS_KEY, state];

const ORDER: Order<AlertRow> = { idOf: ({ id }) => id, compare: (a, b) => Number(b.id) - Number(a.id) };

export const published = (alert: LiveAlert): AlertRow => ({ ...alert, profit: null, settledAt: null });

/** An alert as it is now, by the log or by our own click: in every list that has it, and in the one where it belongs. */
export function putAlert(queryClient: QueryClient, row: AlertRow): void {
  const home = row.settledAt ? "settled" : "open";
  for (const state of ALERT_STATES) {
    queryClient.setQueryData<AlertPages>(alertsKey(state), (data) => {
      if (!data) return data;
      const isKnown = rowsOf(data).some(({ id }) => id === row.id);
      return isKnown || state === home ? putRow(data, row, ORDER) : data;
    });
  }
}

/** What an alert is at this instant. */
export function stateOf({ settledAt, expiresAt }: AlertRow, now: number): AlertState {
  if (settledAt) return "settled";
  return Date.parse(expiresAt) > now ? "open" : "expired";
}

/** The alerts of all lists by what they are now: one that expires moves without being asked for. Of the open ones the first to close stands first. */
export function alertsByState(lists: readonly (AlertPages | undefined)[], now: number): Record<AlertState, AlertRow[]> {
  const known = new Map<string, AlertRow>();
  for (const list of lists) {
    for (const row of rowsOf(list)) {
      const before = known.get(row.id);
      if (!before?.settledAt) known.set(row.id, row);
    }
  }
  const found: Record<AlertState, AlertRow[]> = { open: [], expired: [], settled: [] };
  for (const row of [...known.values()].sort(ORDER.compare)) found[stateOf(row, now)].push(row);
  found.open.sort((a, b) => Date.parse(a.expiresAt) - Date.parse(b.expiresAt));
  return found;
}
