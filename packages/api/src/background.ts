import type { Logger } from "./logger.ts";

/** Work that no caller waits for: its time must not show in the answer, and its failure is logged, not answered. */
export interface Background {
  /** @param failure what the log says if it fails */
  run(failure: string, work: () => Promise<unknown>): void;
  /** Waits until nothing is left to do, for orderly ends and for tests. */
  idle(): Promise<void>;
}

export function createBackground(log: Logger): Background {
  const running = new Set<Promise<unknown>>();
  return {
    run(failure, work) {
      const task = work().catch((error: unknown) => log.error({ err: error }, failure));
      running.add(task);
      void task.finally(() => running.delete(task));
    },
    async idle() {
      while (running.size > 0) await Promise.all(running);
    },
  };
}
