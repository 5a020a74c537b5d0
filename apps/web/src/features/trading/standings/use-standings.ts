import type { Position } from "@pult/api/trading/market/schema.ts";
import type { RoomState } from "@pult/api/trading/schema.ts";
import { useCallback } from "react";
import { worthOf } from "../curve.ts";
import type { TradingApi, TradingPort } from "../room-store.ts";
import { useMarketRead } from "./use-market-read.ts";

type Input = { port: TradingPort; room: RoomState };

/** Who holds most of the room's token. */
export function useHolders({ port, room }: Input, limit: number) {
  const { id: roomId } = room;
  const read = useCallback(({ trading }: TradingApi) => trading.holders.query({ roomId, limit }), [roomId, limit]);
  return useMarketRead(port, read, room.tradeCount);
}

/** Who won most in the room. */
export function useLeaderboard({ port, room }: Input, limit: number) {
  const { id: roomId } = room;
  const read = useCallback(({ trading }: TradingApi) => trading.leaderboard.query({ roomId, limit }), [roomId, limit]);
  return useMarketRead(port, read, `${room.tradeCount} ${room.members}`);
}

/** What the reader has in the room: what it cost as it was read, what it is worth as prices change. */
export function usePosition({ port, room }: Input) {
  const { id: roomId, me, reserves } = room;
  const read = useCallback(
    async ({ trading }: TradingApi): Promise<Position | null> => {
      const { positions } = await trading.portfolio.query({});
      return positions.find((position) => position.roomId === roomId) ?? null;
    },
    [roomId],
  );
  const held = me?.balances.token ?? "0";
  const { data, failure } = useMarketRead(port, read, `${held} ${me?.balances.sol}`);
  if (!data) return { position: null, failure };
  const worth = worthOf(held, reserves);
  // The cost was read for these units; while newer ones are under way it is not known.
  const unrealised = data.balances.token === held ? worth - BigInt(data.cost) : null;
  const realised = BigInt(data.result.realised);
  return {
    position: { held, worth, realised, unrealised, total: unrealised === null ? null : realised + unrealised },
    failure,
  };
}
