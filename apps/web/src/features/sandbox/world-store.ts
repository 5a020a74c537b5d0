import type { World, WorldEvent } from "@pult/sandbox/control.ts";
import { ControlError, control, EVENTS_URL } from "./control-client.ts";
import { withWorldEvent } from "./world-state.ts";

export type WorldSnapshot = {
  /** Null until it was read. */
  world: World | null;
  /** `off`: the server runs without its sandbox. */
  state: "connecting" | "live" | "offline" | "off";
};

const RETRY_MS = 2_000;

/** The outside world, as it is now. */
export class WorldStore {
  readonly #listeners = new Set<() => void>();
  #snapshot: WorldSnapshot = { world: null, state: "connecting" };
  #events: EventSource | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #isReading = false;
  #mustReadAgain = false;
  /** What was heard while the world was being read. */
  #heard: WorldEvent[] = [];

  readonly snapshot = (): WorldSnapshot => this.#snapshot;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  /** Follows the world until the returned function is called. */
  start(): () => void {
    this.#open();
    return () => {
      clearTimeout(this.#timer);
      this.#events?.close();
    };
  }

  #open(): void {
    this.#events?.close();
    const events = new EventSource(EVENTS_URL);
    this.#events = events;
    events.onmessage = ({ data }) => this.#hear(JSON.parse(data));
    events.onerror = () => {
      if (this.#snapshot.state !== "off") this.#set({ state: "offline" });
      // An answer that is no stream ends an event source for good; a cut connection does not.
      if (events.readyState !== EventSource.CLOSED) return;
      void this.#read();
      this.#timer = setTimeout(() => this.#open(), RETRY_MS);
    };
  }

  #hear(event: WorldEvent): void {
    if (event.type === "world") return void this.#read();
    if (this.#isReading) this.#heard.push(event);
    const { world } = this.#snapshot;
    if (world) this.#set({ world: withWorldEvent(world, event) });
  }

  async #read(): Promise<void> {
    this.#mustReadAgain = this.#isReading;
    if (this.#isReading) return;
    this.#isReading = true;
    this.#heard = [];
    try {
      const world = await control.world();
      this.#set({ world: this.#heard.reduce(withWorldEvent, world), state: "live" });
    } catch (error) {
      this.#set({ state: error instanceof ControlError && error.status === 404 ? "off" : "offline" });
    } finally {
      this.#isReading = false;
    }
    if (this.#mustReadAgain) await this.#read();
  }

  #set(change: Partial<WorldSnapshot>): void {
    this.#snapshot = { ...this.#snapshot, ...change };
    for (const listener of this.#listeners) listener();
  }
}
