import { assertValue, type Bus, type LogEntry } from "./bus.ts";
import { Listeners } from "./listeners.ts";

/** The bus of a single node. Listeners are called synchronously; one that throws does not keep the event from the others. */
export function createMemoryBus(onListenerError: (error: unknown) => void = () => {}): Bus {
  const logs = new Listeners<LogEntry>(onListenerError);
  const latest = new Listeners<unknown>(onListenerError);
  return {
    state: "alone",
    publishLog(topic, entries) {
      for (const entry of entries) logs.emit(topic, entry);
    },
    subscribeLog: (topic, listener) => logs.add(topic, listener),
    publishLatest(topic, value) {
      assertValue(topic, value);
      latest.emit(topic, value);
    },
    subscribeLatest: (topic, listener) => latest.add(topic, listener),
    // Where there is no other node there is nothing of theirs to miss.
    onGap: () => () => {},
  };
}
