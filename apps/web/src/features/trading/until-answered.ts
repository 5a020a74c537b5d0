import { retryDelayMs } from "@pult/api/connection/back-off.ts";
import type { Connection } from "@pult/api/connection/connection.ts";
import { type Failure, toFailure } from "../../trpc/failure.ts";

const RETRY_CAP_MS = 8_000;

/** What the page that waits has to say and hear. */
export type Waiting = {
  /** Nothing is tried any more once it is aborted. */
  signal: AbortSignal;
  /** An attempt got no answer, so that it is not known whether the call was made. */
  onLate(): void;
};

type Options = Waiting & {
  /** An attempt is given up, and the next one begins, when the connection is back. */
  online: Pick<Connection, "get" | "subscribe">;
  setTimer?(run: () => void, delayMs: number): () => void;
  random?(): number;
};

const startTimer = (run: () => void, delayMs: number) => {
  const timer = setTimeout(run, delayMs);
  return () => clearTimeout(timer);
};

/** After an attempt whose fate is not known, a refusal for being too fast is no answer to the first one either. */
const isAnswer = ({ kind }: Failure, isLate: boolean): boolean =>
  kind !== "offline" && kind !== "server" && !(isLate && kind === "rateLimited");

/**
 * Repeats a call until the server has answered it, over reconnects. Every attempt has to carry the same client id, so that it has one
 * effect however often it arrives.
 * @throws what the server refused it with, or the last failure once the signal is aborted
 */
export async function untilAnswered<Answer>(
  call: (signal: AbortSignal) => Promise<Answer>,
  { online, signal, onLate, setTimer = startTimer, random }: Options,
): Promise<Answer> {
  /** Until the connection is back, or until the time is up where there is one. */
  const whenBack = (run: () => void, delayMs: number | null): (() => void) => {
    let wasLive = online.get().state === "live";
    const stopListening = online.subscribe(({ state }) => {
      if (state === "live" && !wasLive) run();
      wasLive = state === "live";
    });
    const stopTimer = delayMs === null ? () => {} : setTimer(run, delayMs);
    signal.addEventListener("abort", run);
    return () => {
      stopListening();
      stopTimer();
      signal.removeEventListener("abort", run);
    };
  };
  const pause = (delayMs: number) =>
    new Promise<void>((resolve) => {
      const end = whenBack(() => {
        end();
        resolve();
      }, delayMs);
    });
  for (let attempt = 1, isLate = false; ; attempt++) {
    const again = new AbortController();
    const stop = whenBack(() => again.abort(), null);
    let pauseMs: number | null = null;
    try {
      return await call(again.signal);
    } catch (error) {
      const failure = toFailure(error);
      const isGivenUp = again.signal.aborted;
      if (signal.aborted || (!isGivenUp && isAnswer(failure, isLate))) throw error;
      if (!isGivenUp)
        pauseMs = Math.max(retryDelayMs(attempt, random, RETRY_CAP_MS), (failure.retryAfterSeconds ?? 0) * 1_000);
    } finally {
      stop();
    }
    isLate = true;
    onLate();
    if (pauseMs !== null) await pause(pauseMs);
    signal.throwIfAborted();
  }
}
