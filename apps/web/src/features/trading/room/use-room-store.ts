import type { RoomState } from "@pult/api/trading/schema.ts";
import { useEffect, useState } from "react";
import { RoomStore, type TradingPort } from "../room-store.ts";

/** A room that is there, and how it is reached. */
export type ReadRoom = { store: RoomStore; port: TradingPort; room: RoomState };

type RoomInput = { port: TradingPort; roomId: string; isStaff: boolean };

/** A room's store, for as long as the component is there. */
export function useRoomStore({ port, roomId, isStaff }: RoomInput): RoomStore | null {
  const [store, setStore] = useState<RoomStore | null>(null);
  useEffect(() => {
    const created = new RoomStore({ port, roomId, isStaff });
    setStore(created);
    return created.start();
  }, [port, roomId, isStaff]);
  return store;
}
