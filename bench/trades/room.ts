import type { Customer } from "@pult/api/actor.ts";
import type { Context } from "@pult/api/context.ts";
import { createRoom } from "@pult/api/trading/rooms/create.ts";
import { joinRoom } from "@pult/api/trading/rooms/membership.ts";
import { trade, tradeWriterOf } from "@pult/api/trading/trades/trade.ts";
import { applyTrades } from "@pult/api/trading/trades/write-batch.ts";
import { openApp, serve } from "../product.ts";
import { percentiles } from "../setup.ts";

/** How many trades at once, and how long. */
export interface Order {
  port: number;
  roomId: string;
  inFlight: number;
  /** Milliseconds before counting starts, and while it counts. */
  warmUpMs: number;
  measureMs: number;
}

export interface Result {
  perSecond: number;
  /** Milliseconds until a trade was acknowledged. */
  p50: number;
  p99: number;
}

/** Lamports of each trade: little, so that no room is ever completed. */
export const AMOUNT = "100000";

/** Has `inFlight` loops make trades one after the other, and counts. */
export async function countTrades(
  { inFlight, warmUpMs, measureMs }: Order,
  makeTrade: (loop: number) => Promise<unknown>,
): Promise<Result> {
  const latencies: number[] = [];
  const startAt = performance.now() + warmUpMs;
  const endAt = startAt + measureMs;
  const loop = async (_: unknown, at: number) => {
    for (let begun = performance.now(); begun < endAt; begun = performance.now()) {
      await makeTrade(at);
      const now = performance.now();
      if (now >= startAt && now <= endAt) latencies.push(now - begun);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const [p50 = 0, p99 = 0] = percentiles(latencies, [0.5, 0.99]);
  return { perSecond: Math.round((latencies.length * 1_000) / measureMs), p50, p99 };
}

const wallet = (at: number): Customer => ({
  kind: "customer",
  namespace: "wallet",
  externalId: `bench-${at}`,
  name: null,
  username: null,
  languageCode: null,
});

/** The product with one room; it trades there when told to, in batches or, as the peer, each trade in a transaction of its own. */
async function main(way: string): Promise<void> {
  const app = await openApp(process.env);
  const as = (actor: Context["actor"]): Context => ({ ...app.deps, actor, ip: "127.0.0.1", userAgent: "" });
  const { id: roomId } = await createRoom(as({ kind: "system" }), { name: "Bench", feeBps: 100 });
  const writer = tradeWriterOf(app.deps);
  if (way === "transactions")
    writer.write = async (item) => {
      const [outcome] = await app.deps.db.transaction((tx) => applyTrades(tx, [item], app.deps.now()));
      if (!outcome?.ok) throw outcome?.error;
      return outcome.value;
    };
  const port = await serve(app);
  process.on("message", async (order: Order) => {
    const traders = Array.from({ length: order.inFlight }, (_, at) => as(wallet(at)));
    for (const trader of traders) await joinRoom(trader, { roomId });
    const buy = { roomId, side: "buy", exact: "in", amount: AMOUNT } as const;
    process.send?.(await countTrades(order, (at) => trade(traders[at] as Context, buy)));
  });
  process.once("disconnect", () => process.exit(0));
  process.send?.({ port, roomId });
}

if (import.meta.main) await main(process.argv[2] ?? "batches");
