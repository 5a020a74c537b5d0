import type { RoomStatus, RoomSummary } from "@pult/api/trading/schema.ts";
import { useInfiniteQuery, useQuery, useQueryClient } from "@tanstack/react-query";
import { useEffect, useState } from "react";
import { useTRPCClient } from "../../../trpc/provider.tsx";

const ROOMS_KEY = ["rooms"];
const PAGE_SIZE = 50;
/** New rooms are announced nowhere. */
const REFETCH_MS = 10_000;
/** A socket follows no more than 128 topics. */
const MAX_FOLLOWED = 50;

/** Rooms, newest first; null for those of every status. */
export function useRoomList(status: RoomStatus | null) {
  const client = useTRPCClient();
  return useInfiniteQuery({
    queryKey: [...ROOMS_KEY, status],
    refetchInterval: REFETCH_MS,
    queryFn: ({ pageParam, signal }) =>
      client.trading.rooms.list.query(
        { limit: PAGE_SIZE, cursor: pageParam, ...(status === null ? {} : { status }) },
        { signal },
      ),
    initialPageParam: null as string | null,
    getNextPageParam: (page) => page.nextCursor,
  });
}

/** What the reader has in all rooms. */
export function usePortfolio() {
  const client = useTRPCClient();
  return useQuery({
    queryKey: [...ROOMS_KEY, "portfolio"],
    refetchInterval: REFETCH_MS,
    queryFn: ({ signal }) => client.trading.portfolio.query({}, { signal }),
  });
}

/** Reads the list again, after a room was made. */
export function useReadRoomsAgain() {
  const queryClient = useQueryClient();
  return () => void queryClient.invalidateQueries({ queryKey: ROOMS_KEY });
}

/** The newest prices of open rooms, by mint. */
export function usePrices(rooms: readonly RoomSummary[]): Readonly<Record<string, string>> {
  const client = useTRPCClient();
  const [prices, setPrices] = useState<Record<string, string>>({});
  const mints = rooms
    .filter(({ status }) => status === "open")
    .slice(0, MAX_FOLLOWED)
    .map(({ tokenMint }) => tokenMint)
    .join(" ");
  useEffect(() => {
    const followed = mints === "" ? [] : mints.split(" ");
    const subscriptions = followed.map((mintAddress) =>
      client.trading.onPrice.subscribe(
        { mintAddress },
        {
          onData: ({ price }) =>
            setPrices((known) => (known[mintAddress] === price ? known : { ...known, [mintAddress]: price })),
          // The list is read again anyway.
          onError: () => {},
        },
      ),
    );
    return () => {
      for (const { unsubscribe } of subscriptions) unsubscribe();
    };
  }, [client, mints]);
  return prices;
}
