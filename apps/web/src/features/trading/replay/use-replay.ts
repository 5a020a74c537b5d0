import type { Candle } from "@pult/api/trading/market/schema.ts";
import type { RoomTrade } from "@pult/api/trading/schema.ts";
import { useEffect, useState } from "react";
import { type Failure, toFailure } from "../../../trpc/failure.ts";
import type { ReadRoom } from "../room/use-room-store.ts";
import type { TradingPort } from "../room-store.ts";
import { paceOf, resolutionFor, type Step, stepsOf } from "./replay.ts";

type Input = Pick<ReadRoom, "port" | "room">;

const CANDLES_AT_ONCE = 1_000;
const TRADES_AT_ONCE = 200;
/** Trades of larger rooms are not read one by one: the price alone is told. */
const MAX_SEQUENCE = 4_000;

async function readCandles(port: TradingPort, input: { roomId: string; resolution: ReturnType<typeof resolutionFor> }) {
  const all: Candle[] = [];
  for (let before: string | null = null; ; ) {
    const page: { candles: Candle[]; nextBefore: string | null } = await port.withSession(({ trading }) =>
      trading.candles.query({ ...input, limit: CANDLES_AT_ONCE, ...(before === null ? {} : { before }) }),
    );
    all.unshift(...page.candles);
    if (page.nextBefore === null) return all;
    before = page.nextBefore;
  }
}

/** A room's life, step by step; null until it was read. */
export function useSteps({ port, room: { id: roomId, createdAt, completedAt, closedAt } }: Input) {
  const [steps, setSteps] = useState<readonly Step[] | null>(null);
  const [failure, setFailure] = useState<Failure | null>(null);
  const [round, setRound] = useState(0);
  const endedAt = completedAt ?? closedAt ?? createdAt;
  // biome-ignore lint/correctness/useExhaustiveDependencies: a round reads anew
  useEffect(() => {
    let isGone = false;
    const resolution = resolutionFor(Date.parse(endedAt) - Date.parse(createdAt));
    readCandles(port, { roomId, resolution }).then(
      (candles) => !isGone && setSteps(stepsOf(candles, resolution, endedAt)),
      (error: unknown) => !isGone && setFailure(toFailure(error)),
    );
    return () => {
      isGone = true;
    };
  }, [port, roomId, createdAt, endedAt, round]);
  const retry = () => {
    setFailure(null);
    setRound((now) => now + 1);
  };
  return { steps, endedAt, failure, retry };
}

/** The room's trades from the first on, as far as they were read; null before that, and for those of a large room. */
export function useTrades({ port, room: { id: roomId, trades: newest } }: Input, isWanted: boolean) {
  const [trades, setTrades] = useState<readonly RoomTrade[] | null>(null);
  const last = newest.at(-1)?.sequence ?? 0;
  useEffect(() => {
    if (!isWanted || last > MAX_SEQUENCE) return;
    let isGone = false;
    const read = async () => {
      const all: RoomTrade[] = [];
      // Pages lead from the newest back; the room's numbers let them be read the other way round.
      for (let first = 1; first <= last; first += TRADES_AT_ONCE) {
        const input = { roomId, cursor: String(first + TRADES_AT_ONCE), limit: TRADES_AT_ONCE };
        const page = await port.withSession(({ trading }) => trading.trades.query(input));
        if (isGone) return;
        all.push(...page.trades.filter(({ sequence }) => sequence >= first).reverse());
        setTrades([...all]);
      }
    };
    // The price is told without them.
    read().catch(() => {});
    return () => {
      isGone = true;
    };
  }, [port, roomId, last, isWanted]);
  return trades;
}

const STILL = "(prefers-reduced-motion: reduce)";

/** Which step is shown, and whether the next ones follow by themselves. It begins at the end, as the room is now. */
export function usePlayer(count: number) {
  const [position, setPosition] = useState<number | null>(null);
  const [isWanted, setWanted] = useState(false);
  const shown = position ?? count;
  const isPlaying = isWanted && shown < count;
  useEffect(() => {
    if (!isPlaying) return;
    const { steps, everyMs } = paceOf(count, matchMedia(STILL).matches);
    const timer = setInterval(() => setPosition((now) => Math.min(count, (now ?? count) + steps)), everyMs);
    return () => clearInterval(timer);
  }, [isPlaying, count]);
  return {
    position: shown,
    /** It has been played or moved. */
    isTouched: position !== null,
    isPlaying,
    play() {
      if (shown >= count) setPosition(0);
      setWanted(true);
    },
    pause: () => setWanted(false),
    seek(to: number) {
      setPosition(to);
    },
  };
}
