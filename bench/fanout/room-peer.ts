import type { Context } from "@pult/api/context.ts";
import { createRoom } from "@pult/api/trading/rooms/create.ts";
import { joinRoom } from "@pult/api/trading/rooms/membership.ts";
import { trade } from "@pult/api/trading/trades/trade.ts";
import { openApp, serve } from "../product.ts";
import { LIFTED, temporaryDirectory } from "../setup.ts";
import type { Peer } from "./peer.ts";

/** Lamports of each trade: little, so that no room is ever completed. */
const AMOUNT = "100000";
/** Lamports by which each room is ahead of the one before, less than a trade, so that no two rooms have the same reserves. */
const STEP = 7_000;

/** The product as it runs, limits lifted, with rooms in which one trader trades. */
export async function openRoomPeer(count: number): Promise<Peer> {
  const { DATABASE_URL, PULT_ADMIN_KEY } = process.env;
  const own = { DATA_DIR: temporaryDirectory(), LEGACY_AUTH: "open", DATABASE_URL, PULT_ADMIN_KEY };
  const app = await openApp({ ...LIFTED, ...own });
  const as = (actor: Context["actor"]): Context => ({ ...app.deps, actor, ip: "127.0.0.1", userAgent: "" });
  const trader = as({
    kind: "customer",
    namespace: "wallet",
    externalId: "bench-0",
    name: null,
    username: null,
    languageCode: null,
  });
  const buy = (roomId: string, amount: string) => trade(trader, { roomId, side: "buy", exact: "in", amount });
  const rooms: string[] = [];
  for (let at = 0; at < count; at++) {
    const { id } = await createRoom(as({ kind: "system" }), { name: "Bench", feeBps: 100 });
    await joinRoom(trader, { roomId: id });
    await buy(id, String(STEP * (at + 1)));
    rooms.push(id);
  }
  return {
    port: await serve(app),
    rooms,
    publish() {
      throw new Error("Rooms announce their trades by themselves");
    },
    trade: async (topic) => (await buy(rooms[topic] ?? "", AMOUNT)).trade.reserves.sol,
    queued: () => 0,
  };
}
