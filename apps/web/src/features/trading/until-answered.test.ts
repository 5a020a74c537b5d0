import type { ConnectionStatus, LiveState } from "@pult/api/connection/connection.ts";
import { expect, it, vi } from "vitest";
import { untilAnswered } from "./until-answered.ts";

/** As tRPC throws it; without a code no answer came. */
const failure = (code?: string, fields: object = {}) =>
  Object.assign(new Error(code), { name: "TRPCClientError", ...(code ? { data: { code, ...fields } } : {}) });

const soon = (check: () => void) => vi.waitFor(check, { timeout: 10_000, interval: 1 });

/** A call whose attempts end as the test says, on a connection and a clock of the test. */
function attempts() {
  const made: PromiseWithResolvers<string>[] = [];
  const timers: { run: () => void; delayMs: number }[] = [];
  const listeners = new Set<(status: ConnectionStatus) => void>();
  let status: ConnectionStatus = { state: "live", since: 0 };
  const late = vi.fn();
  const stop = new AbortController();
  const answer = untilAnswered(
    (signal) => {
      const attempt = Promise.withResolvers<string>();
      signal.addEventListener("abort", () => attempt.reject(new DOMException("Aborted", "AbortError")));
      made.push(attempt);
      return attempt.promise;
    },
    {
      online: {
        get: () => status,
        subscribe(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      signal: stop.signal,
      onLate: late,
      random: () => 1,
      setTimer(run, delayMs) {
        timers.push({ run, delayMs });
        return () => {};
      },
    },
  );
  answer.catch(() => {});
  const connect = (state: LiveState) => {
    status = { state, since: 0 };
    for (const listener of [...listeners]) listener(status);
  };
  const count = (wanted: number) => soon(() => expect(made).toHaveLength(wanted));
  return { answer, made, timers, late, stop, connect, count };
}

it("answers at once where the server does", async () => {
  const { answer, made, late } = attempts();
  made[0]?.resolve("made");
  expect(await answer).toBe("made");
  expect(late).not.toHaveBeenCalled();
});

it("tries again after growing pauses for as long as no answer comes", async () => {
  const { answer, made, timers, late, count } = attempts();
  for (const [at, error] of [failure(), failure("INTERNAL_SERVER_ERROR"), failure("TOO_MANY_REQUESTS")].entries()) {
    made[at]?.reject(error);
    await soon(() => expect(timers).toHaveLength(at + 1));
    timers[at]?.run();
    await count(at + 2);
  }
  expect(timers.map(({ delayMs }) => delayMs)).toEqual([500, 1_000, 2_000]);
  expect(late).toHaveBeenCalledTimes(3);
  made[3]?.resolve("made");
  expect(await answer).toBe("made");
});

it("tries again at once when the connection is back, also while an attempt hangs", async () => {
  const { answer, made, connect, count } = attempts();
  connect("offline");
  made[0]?.reject(failure());
  connect("live");
  await count(2);
  connect("offline");
  connect("live");
  await count(3);
  made[2]?.resolve("made");
  expect(await answer).toBe("made");
});

it("passes a refusal on, and one for being too fast only before anything is in doubt", async () => {
  const refused = attempts();
  refused.made[0]?.reject(failure("CONFLICT"));
  await expect(refused.answer).rejects.toThrow("CONFLICT");
  const tooFast = attempts();
  tooFast.made[0]?.reject(failure("TOO_MANY_REQUESTS"));
  await expect(tooFast.answer).rejects.toThrow("TOO_MANY_REQUESTS");
});

it("waits as long as the server asks", async () => {
  const { made, timers } = attempts();
  made[0]?.reject(failure("SERVICE_UNAVAILABLE", { retryAfterSeconds: 7 }));
  await soon(() => expect(timers.map(({ delayMs }) => delayMs)).toEqual([7_000]));
});

it("stops when the page is left", async () => {
  const { answer, made, timers, stop } = attempts();
  made[0]?.reject(failure());
  await soon(() => expect(timers).toHaveLength(1));
  stop.abort();
  await expect(answer).rejects.toThrow();
  expect(made).toHaveLength(1);
});
