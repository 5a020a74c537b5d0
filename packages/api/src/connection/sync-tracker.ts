/** What a subscription delivers, as far as it says where the reader stands. */
export type Sign =
  | { type: "position"; id: string; recovered: boolean }
  | { type: "event"; id: string }
  | { type: "heartbeat"; head: string };

/** `current`: nothing is missing; `behind`: something was missed; `open`: not known yet. */
export type SyncState = "open" | "current" | "behind";

/** What was missed comes without pause: this much silence after it means that it is over, until the next heartbeat proves it. */
const QUIET_MS = 1_000;
/** A heartbeat comes every 25 s. Without one for this long nothing is proved any more. */
export const SILENCE_MS = 40_000;

const epochOf = (id: string): string => id.slice(0, id.lastIndexOf(":"));
const offsetOf = (id: string): number => Number(id.slice(id.lastIndexOf(":") + 1));

/** @returns whether a reader at `id` has everything up to `head` */
export function covers(id: string, head: string): boolean {
  return epochOf(id) === epochOf(head) && offsetOf(id) >= offsetOf(head);
}

/** What a position says to a reader who stood at `before`. */
function standingAt(before: string | null, { id, recovered }: { id: string; recovered: boolean }): SyncState {
  if (!recovered || before === null) return "current";
  return before === id ? "open" : "behind";
}

/** Where one reader of a log stands, as proved by what the server says. */
export class SyncTracker {
  lastId: string | null = null;
  #standing: SyncState;
  #quiet: ReturnType<typeof setTimeout> | undefined;
  #silence: ReturnType<typeof setTimeout> | undefined;
  #heardAt = 0;
  readonly #onChange: (standing: SyncState) => void;
  readonly #onSilence: () => void;

  /** @param options.standing what is taken for granted until the server has spoken. Default `open` */
  constructor(options: { onChange(standing: SyncState): void; onSilence?(): void; standing?: SyncState }) {
    this.#onChange = options.onChange;
    this.#onSilence = options.onSilence ?? (() => {});
    this.#standing = options.standing ?? "open";
  }

  get standing(): SyncState {
    return this.#standing;
  }

  /** The connection is gone, or the reader has just asked. */
  reopen(): void {
    this.stop();
    this.#become("open");
  }

  /** The server has taken the subscription. One to a latest value may then say nothing for as long as nothing happens. */
  started(): void {
    if (this.lastId === null) this.#currentWhenQuiet();
  }

  read(sign: Sign): void {
    this.#expectMore();
    const before = this.lastId;
    if (sign.type === "heartbeat") {
      clearTimeout(this.#quiet);
      this.#become(before !== null && covers(before, sign.head) ? "current" : "behind");
      return;
    }
    this.lastId = sign.id;
    if (sign.type === "position") this.#become(standingAt(before, sign));
    if (this.#standing === "open" || sign.type === "event") this.#currentWhenQuiet();
  }

  stop(): void {
    clearTimeout(this.#quiet);
    clearTimeout(this.#silence);
    this.#silence = undefined;
  }

  #become(standing: SyncState): void {
    if (standing === this.#standing) return;
    this.#standing = standing;
    this.#onChange(standing);
  }

  #currentWhenQuiet(): void {
    if (this.#standing === "current") return;
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => this.#become("current"), QUIET_MS);
  }

  #expectMore(): void {
    this.#heardAt = Date.now();
    this.#silence ??= setTimeout(() => this.#lookForSilence(), SILENCE_MS);
  }

  #lookForSilence(): void {
    const leftMs = this.#heardAt + SILENCE_MS - Date.now();
    this.#silence = leftMs > 0 ? setTimeout(() => this.#lookForSilence(), leftMs) : undefined;
    if (leftMs <= 0) this.#onSilence();
  }
}
