import type { ConversationRow } from "@pult/api/support/schema.ts";
import { createStore } from "zustand/vanilla";
import { belongsTo, compareRows, type InboxView } from "./inbox-view.ts";

/** What has been heard of conversations since the page was opened: from the log, and from the agent's own clicks before the server agreed. */
export class RowOverlay {
  readonly rows = createStore<Overlay>(() => new Map());
  #clock = 0;

  /** Grows with every row heard; a query notes it when it is asked. */
  get clock(): number {
    return this.#clock;
  }

  put(row: ConversationRow): void {
    this.#clock++;
    // A new map each time, so that readers can compare by identity; it holds one entry for each conversation that moved.
    this.rows.setState((rows) => new Map(rows).set(row.id, { row, at: this.#clock }), true);
  }

  get(conversationId: number): ConversationRow | undefined {
    return this.rows.getState().get(conversationId)?.row;
  }
}

/** A page with the overlay's clock at the moment it was asked for: what was overlaid later is newer than the page. */
export type FetchedPage = { rows: readonly ConversationRow[]; hasMore: boolean; askedAt: number };

/** The newest row heard of a conversation, and when (the overlay's own clock). */
export type Overlaid = { row: ConversationRow; at: number };
export type Overlay = ReadonlyMap<number, Overlaid>;

type Scope = { view: InboxView; search: string; agentId: string };

/**
 * The list as it is shown: fetched pages with what has been heard since laid over them. A conversation moves, comes and goes by itself,
 * and an answer that was under way while an event arrived cannot undo the event.
 */
export function composeRows(pages: readonly FetchedPage[], overlay: Overlay, scope: Scope): ConversationRow[] {
  const rows = new Map<number, ConversationRow>();
  const freshness = new Map<number, number>();
  for (const page of pages) {
    for (const row of page.rows) {
      if ((freshness.get(row.id) ?? -1) > page.askedAt) continue;
      rows.set(row.id, row);
      freshness.set(row.id, page.askedAt);
    }
  }
  const last = pages.at(-1);
  const tail = last?.hasMore ? last.rows.at(-1) : undefined;
  const oldestAsked = Math.min(...pages.map((page) => page.askedAt));
  for (const [id, { row, at }] of overlay) {
    const askedAt = freshness.get(id);
    if (at <= (askedAt ?? oldestAsked)) continue;
    if (!belongsTo(scope.view, row, scope.agentId)) rows.delete(id);
    // Whether a search finds a conversation is the server's to say; what it found stays current.
    else if (askedAt !== undefined || (!scope.search && (!tail || compareRows(row, tail) < 0))) rows.set(id, row);
  }
  return [...rows.values()].sort(compareRows);
}
