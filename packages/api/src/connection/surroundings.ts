/** What happens around a client that makes its connection worth a look. */
export interface Signals {
  /** The machine slept, the page came back, the network changed: what was so before may not be so now. */
  wake(): void;
  /** The system says that there is no network, or that there is one. */
  network(isOnline: boolean): void;
}

interface Source {
  addEventListener(type: string, listener: (event: { persisted?: boolean }) => void): void;
  removeEventListener(type: string, listener: (event: { persisted?: boolean }) => void): void;
}

interface Surroundings extends Partial<Source> {
  document?: Source & { visibilityState: string };
  navigator?: { connection?: Partial<Source> };
}

const TICK_MS = 5_000;
/** A tick this late was slept through. */
const LATE_MS = 10_000;

/** Listens to whatever the runtime offers: everything in a browser, the clock everywhere. Returns the way to stop. */
export function watchSurroundings(signals: Signals, around = globalThis as unknown as Surroundings): () => void {
  const stops = [watchClock(signals.wake)];
  const listen = (source: Partial<Source> | undefined, type: string, run: (event: { persisted?: boolean }) => void) => {
    if (!source?.addEventListener || !source.removeEventListener) return;
    source.addEventListener(type, run);
    stops.push(() => source.removeEventListener?.(type, run));
  };
  const { document, navigator } = around;
  listen(around, "online", () => signals.network(true));
  listen(around, "offline", () => signals.network(false));
  listen(around, "pageshow", (event) => event.persisted && signals.wake());
  listen(document, "visibilitychange", () => document?.visibilityState === "visible" && signals.wake());
  listen(document, "resume", signals.wake);
  listen(navigator?.connection, "change", signals.wake);
  return () => {
    for (const stop of stops) stop();
  };
}

/** A clock that jumps over its ticks has been stopped, and the machine with it. */
function watchClock(wake: () => void): () => void {
  let last = Date.now();
  const timer = setInterval(() => {
    const now = Date.now();
    if (now - last > TICK_MS + LATE_MS) wake();
    last = now;
  }, TICK_MS);
  // Where timers keep a program running, this one must not.
  (timer as { unref?(): void }).unref?.();
  return () => clearInterval(timer);
}
