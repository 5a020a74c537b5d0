import type { Candle } from "@pult/api/trading/market/schema.ts";
import { RESOLUTIONS, type Resolution } from "@pult/api/trading/resolutions.ts";
import type { RoomTrade } from "@pult/api/trading/schema.ts";
import { useCallback, useEffect, useRef, useState } from "react";
import { type Failure, isTransient, toFailure } from "../../../trpc/failure.ts";
import { withHeard, withTrade } from "../candles.ts";
import type { ReadRoom } from "../room/use-room-store.ts";

type Read = {
  resolution: Resolution;
  /** Null until they were read. */
  candles: readonly Candle[] | null;
  nextBefore: string | null;
  failure: Failure | null;
};

const RETRY_MS = 3_000;

/** A room's candles of one span: read once, then kept up to date by its trades. */
export function useCandles({ store, port, room: { id: roomId } }: ReadRoom, resolution: Resolution) {
  const [read, setRead] = useState<Read>({ resolution, candles: null, nextBefore: null, failure: null });
  const [round, setRound] = useState(0);
  // biome-ignore lint/correctness/useExhaustiveDependencies: a round reads anew
  useEffect(() => {
    let isGone = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const span = RESOLUTIONS[resolution];
    /** Heard while they are being read; null afterwards. */
    let heard: RoomTrade[] | null = [];
    const stop = store.onTrades((trades) => {
      if (trades === null) return setRound((now) => now + 1);
      if (heard) return void heard.push(...trades);
      setRead((now) => ({
        ...now,
        candles: trades.reduce((all, trade) => withTrade(all, trade, span), now.candles ?? []),
      }));
    });
    port
      .withSession(({ trading }) => trading.candles.query({ roomId, resolution }))
      .then(
        ({ candles, nextBefore }) => {
          if (isGone) return;
          const room = store.state.getState().room;
          const known = room?.trades ?? [];
          const meanwhile = { heard: heard ?? [], known, isWhole: known.length === room?.tradeCount };
          heard = null;
          setRead({ resolution, candles: withHeard(candles, meanwhile, span), nextBefore, failure: null });
        },
        (error: unknown) => {
          if (isGone) return;
          const failure = toFailure(error);
          setRead({ resolution, candles: null, nextBefore: null, failure });
          if (isTransient(failure)) timer = setTimeout(() => setRound((now) => now + 1), RETRY_MS);
        },
      );
    return () => {
      isGone = true;
      clearTimeout(timer);
      stop();
    };
  }, [store, port, roomId, resolution, round]);
  const isLoading = useRef(false);
  const { nextBefore } = read;
  const loadEarlier = useCallback(async () => {
    if (nextBefore === null || isLoading.current) return;
    isLoading.current = true;
    try {
      const page = await port.withSession(({ trading }) =>
        trading.candles.query({ roomId, resolution, before: nextBefore }),
      );
      setRead((now) =>
        now.nextBefore === nextBefore && now.candles
          ? { ...now, candles: [...page.candles, ...now.candles], nextBefore: page.nextBefore }
          : now,
      );
    } catch {
      // Asked for again when the reader scrolls on.
    } finally {
      isLoading.current = false;
    }
  }, [port, roomId, resolution, nextBefore]);
  const isCurrent = read.resolution === resolution;
  return { candles: isCurrent ? read.candles : null, failure: isCurrent ? read.failure : null, loadEarlier };
}
