import type { Quote } from "@pult/api/trading/schema.ts";
import { useEffect, useRef, useState } from "react";
import { type Failure, isTransient, toFailure } from "../../../trpc/failure.ts";
import type { TradingPort } from "../room-store.ts";

export interface QuoteOrder {
  roomId: string;
  side: "buy" | "sell";
  /** Base units that the trader gives. */
  amount: string;
}

/** How long a quote holds. */
export const QUOTE_MS = 3_000;
/** Asked for anew a little before it ends, so that there is always one. */
const RENEW_MS = 2_600;
const TYPING_MS = 200;
/** However many trades there are, a trader may send no more than 100 calls a minute. */
const GAP_MS = 1_500;
/** A ticket that is left open for two minutes stops asking. */
const MAX_RENEWALS = 45;

type Answer = { key: string } & ({ quote: Quote; failure: null } | { quote: null; failure: Failure });

const keyOf = (order: QuoteOrder | null): string => (order ? `${order.roomId} ${order.side} ${order.amount}` : "");

/**
 * What an order comes to, asked for again as long as the page is looked at: before the quote ends, and after trades that may have changed it.
 * @param price changes with every trade
 */
export function useQuote(port: TradingPort, order: QuoteOrder | null, price: string | undefined) {
  const [answer, setAnswer] = useState<Answer | null>(null);
  const [isPaused, setPaused] = useState(false);
  const renewals = useRef({ key: "", count: 0 });
  const asked = useRef({ key: "", at: 0 });
  const key = keyOf(order);
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a new price and a new round ask again; the key is the order
  useEffect(() => {
    if (!order) return;
    if (renewals.current.key !== key) renewals.current = { key, count: 0 };
    if (renewals.current.count >= MAX_RENEWALS) return setPaused(true);
    setPaused(false);
    const abort = new AbortController();
    let next: ReturnType<typeof setTimeout> | undefined;
    const again = (delayMs: number) => {
      next = setTimeout(() => setRound((now) => now + 1), delayMs);
    };
    const ask = async () => {
      if (document.visibilityState === "hidden") return again(RENEW_MS);
      renewals.current.count += 1;
      asked.current = { key, at: Date.now() };
      try {
        const quote = await port.withSession(({ trading }) => trading.quote.query(order, { signal: abort.signal }));
        if (abort.signal.aborted) return;
        setAnswer({ key, quote, failure: null });
        again(RENEW_MS);
      } catch (error) {
        if (abort.signal.aborted) return;
        const failure = toFailure(error);
        setAnswer({ key, quote: null, failure });
        if (isTransient(failure)) again(Math.max(RENEW_MS, (failure.retryAfterSeconds ?? 0) * 1_000));
      }
    };
    const isSame = asked.current.key === key;
    const timer = setTimeout(
      () => void ask(),
      isSame ? Math.max(0, asked.current.at + GAP_MS - Date.now()) : TYPING_MS,
    );
    return () => {
      abort.abort();
      clearTimeout(timer);
      clearTimeout(next);
    };
  }, [key, price, round, port]);
  const current = answer?.key === key && order ? answer : null;
  const hasExpired = useExpired(current?.quote ?? null);
  return {
    quote: current?.quote ?? null,
    failure: current?.failure ?? null,
    hasExpired,
    isPaused: isPaused && order !== null,
    renew() {
      renewals.current.count = 0;
      setRound((now) => now + 1);
    },
  };
}

/** By this page's clock, from when the quote came. */
function useExpired(quote: Quote | null): boolean {
  const [expiredId, setExpiredId] = useState<string | null>(null);
  useEffect(() => {
    if (!quote) return;
    const timer = setTimeout(() => setExpiredId(quote.quoteId), QUOTE_MS);
    return () => clearTimeout(timer);
  }, [quote]);
  return quote !== null && expiredId === quote.quoteId;
}
