import type { ConversationRow } from "@pult/api/support/schema.ts";
import type { Overlaid, Overlay } from "./compose-rows.ts";

/** What has been heard of conversations since the page was opened: from the log, and from the agent's own clicks before the server agreed. */
export class RowOverlay {
  #overlay: Map<number, Overlaid> = new Map();
  #clock = 0;
  readonly #listeners = new Set<() => void>();

  /** Grows with every row heard; a query notes it when it is asked. */
  get clock(): number {
    return this.#clock;
  }

  put(row: ConversationRow): void {
    this.#clock++;
    // A new map each time, so that readers can compare by identity; it holds one entry for each conversation that moved.
    this.#overlay = new Map(this.#overlay).set(row.id, { row, at: this.#clock });
    for (const listener of this.#listeners) listener();
  }

  get(conversationId: number): ConversationRow | undefined {
    return this.#overlay.get(conversationId)?.row;
  }

  readonly snapshot = (): Overlay => this.#overlay;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
}
