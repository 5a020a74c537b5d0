import type { LiveState } from "@pult/api/connection/connection.ts";

export type CustomerConnectionState = "connecting" | LiveState;

/** How current the page is: what the log says, unless the browser knows that there is no network at all. */
export class CustomerConnection {
  readonly #isOnline: () => boolean;
  readonly #onChange: (state: CustomerConnectionState) => void;
  #log: CustomerConnectionState = "connecting";
  #shown: CustomerConnectionState = "connecting";

  constructor(isOnline: () => boolean, onChange: (state: CustomerConnectionState) => void) {
    this.#isOnline = isOnline;
    this.#onChange = onChange;
  }

  /** Whether the log is cut off and waits for its next try. */
  get isLost(): boolean {
    return this.#log === "offline";
  }

  /** The log is followed anew. */
  begin(): void {
    this.#log = "connecting";
    this.look();
  }

  hear(state: LiveState): void {
    // What was never there is being connected to, not lost or caught up with.
    if (state !== "live" && this.#log === "connecting") return;
    this.#log = state;
    this.look();
  }

  /** It has taken too long: what never began is not there. */
  giveUp(): void {
    if (this.#log === "connecting") this.#log = "offline";
    this.look();
  }

  /** Looks at the network again. */
  look(): void {
    // A new try does not look better than the failed one before it until it has succeeded.
    const isStillLost = this.#shown === "offline" && this.#log === "connecting";
    const state = this.#isOnline() && !isStillLost ? this.#log : "offline";
    if (state === this.#shown) return;
    this.#shown = state;
    this.#onChange(state);
  }
}
