import { TestLog } from "@pult/api/testing/test-log.ts";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Parts } from "./deps.ts";
import { startWorkers } from "./workers.ts";

beforeEach(() => {
  vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
});
afterEach(() => {
  vi.useRealTimers();
});

it("startWorkers says once that no turn can be taken, tries on, and says when it can", async () => {
  const log = new TestLog();
  let refused = true;
  const tryLease = vi.fn(async () => {
    if (refused) throw new Error("permission denied for function pg_try_advisory_lock");
    return null;
  });
  const workers = startWorkers({ log, deps: {}, database: { tryLease }, bot: null } as unknown as Parts);
  expect(workers.turn).toBe("unknown");
  await vi.advanceTimersByTimeAsync(4_000);
  expect(tryLease).toHaveBeenCalledTimes(3);
  expect(workers.turn).toBe("unknown");
  refused = false;
  await vi.advanceTimersByTimeAsync(2_000);
  expect(workers.turn).toBe("another's");
  await workers.stop();
  expect(log.lines.map(({ level }) => level)).toEqual(["warn", "info"]);
});
