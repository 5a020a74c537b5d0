import { useEffect, useRef, useState } from "react";
import { type Failure, toFailure } from "../../../trpc/failure.ts";
import type { TradingApi, TradingPort } from "../room-store.ts";

/** Standings change with every trade; a page that asked after each would ask all the time. */
const GAP_MS = 4_000;

type Answered<Answer> = {
  /** What was asked. */
  read: (api: TradingApi) => Promise<Answer>;
  /** When it was; an answer that has taken longer than a later one says nothing any more. */
  at: number;
  data: Answer | null;
  failure: Failure | null;
};

/**
 * What is read again when something has changed, at most every four seconds.
 * @param read stays the same function for the same question
 * @param version changes when the answer may have
 */
export function useMarketRead<Answer>(
  port: TradingPort,
  read: (api: TradingApi) => Promise<Answer>,
  version: string | number,
): { data: Answer | null; failure: Failure | null } {
  const [answer, setAnswer] = useState<Answered<Answer> | null>(null);
  const asked = useRef<{ read: typeof read; at: number } | null>(null);
  // biome-ignore lint/correctness/useExhaustiveDependencies: another version asks again
  useEffect(() => {
    const isSame = asked.current?.read === read;
    const waitMs = isSame ? Math.max(0, (asked.current?.at ?? 0) + GAP_MS - Date.now()) : 0;
    const timer = setTimeout(() => {
      const at = Date.now();
      asked.current = { read, at };
      const answered = (change: (known: Answer | null) => Pick<Answered<Answer>, "data" | "failure">) => {
        if (asked.current?.read !== read) return;
        setAnswer((known) => {
          if (known?.read !== read) return { read, at, ...change(null) };
          return known.at > at ? known : { read, at, ...change(known.data) };
        });
      };
      port.withSession(read).then(
        (data) => answered(() => ({ data, failure: null })),
        (error: unknown) => answered((data) => ({ data, failure: toFailure(error) })),
      );
    }, waitMs);
    return () => clearTimeout(timer);
  }, [port, read, version]);
  return answer?.read === read ? answer : { data: null, failure: null };
}
