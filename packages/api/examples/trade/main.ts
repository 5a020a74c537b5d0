import { once } from "node:events";
import process from "node:process";
import { setTimeout as wait } from "node:timers/promises";
import { createClient } from "@pult/api/client.ts";
import { followLog } from "@pult/api/follow-log.ts";
import type { RoomEvent, RoomState, RoomSummary, RoomTrade } from "@pult/api/trading/schema.ts";
import { TRPCClientError } from "@trpc/client";

const { PULT_URL: url = "http://127.0.0.1:3000", PULT_API_KEY: token } = process.env;
const [userId, roomName, lamports = "100000000"] = process.argv.slice(2);
if (!token || !userId || !roomName) {
  process.stderr.write("Usage: PULT_URL=… PULT_API_KEY=… node main.ts <trader, such as app:42> <room> [lamports]\n");
  process.exit(2);
}
const trader = userId;

/** What the trade may bring less than quoted, in basis points. */
const SLIPPAGE_BPS = 50n;
const RETRY_MS = 1_000;

const client = createClient({ url, token });
const { trading } = client.api;
const print = (line: string) => process.stdout.write(`${line}\n`);
const failed = Promise.withResolvers<never>();
const stopped = Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")]);

try {
  const room = await findOrCreate(roomName);
  await trading.rooms.join.mutate({ roomId: room.id, userId: trader });
  await Promise.race([follow(room), failed.promise]);
  await Promise.race([buy(room.id), failed.promise]);
  await printPortfolio();
  await Promise.race([stopped, failed.promise]);
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  client.close();
}

async function findOrCreate(name: string): Promise<RoomSummary> {
  const { rooms } = await trading.rooms.list.query({ status: "open" });
  return rooms.find((room) => room.name === name) ?? trading.rooms.create.mutate({ name });
}

/** Prints what happens in the room. @returns when nothing can be missed any more: after a cut it goes on behind the last event that was heard */
function follow({ id: roomId, tokenMint: mintAddress }: RoomSummary): Promise<void> {
  const { reject: onError } = failed;
  trading.onPrice.subscribe({ mintAddress }, { onData: ({ price }) => print(`price ${price}`), onError });
  return new Promise((following) => {
    followLog<RoomEvent, RoomState>(
      (input, handlers) => trading.onRoom.subscribe({ ...input, roomId, userId: trader }, handlers),
      {
        onPosition(snapshot) {
          // With a snapshot when it was away for too long to go on: this is how things stand now.
          for (const trade of snapshot?.trades ?? []) printTrade(trade);
          following();
        },
        onEvent(event) {
          if (event.type === "traded") printTrade(event.trade);
          if (event.type === "messageSent") print(`${event.message.userId}: ${event.message.text}`);
        },
        onError,
      },
    );
  });
}

function printTrade({ sequence, userId: by, side, amountIn, amountOut, price }: RoomTrade): void {
  print(`#${sequence} ${by} ${side} ${amountIn} for ${amountOut} at ${price}`);
}

/** Buys for what was quoted or a little less. A repeat with the same client id has no effect, so a lost answer is asked for again. */
async function buy(roomId: string): Promise<void> {
  const order = { roomId, userId: trader, side: "buy", amount: lamports } as const;
  const { amountOut } = await trading.quote.query(order);
  const minOut = String((BigInt(amountOut) * (10_000n - SLIPPAGE_BPS)) / 10_000n);
  const clientId = crypto.randomUUID();
  for (;;) {
    try {
      await trading.trade.mutate({ ...order, minOut, clientId });
      return;
    } catch (error) {
      const isUnanswered = error instanceof TRPCClientError && !error.data;
      if (!isUnanswered) throw error;
      await wait(RETRY_MS);
    }
  }
}

async function printPortfolio(): Promise<void> {
  const { positions } = await trading.portfolio.query({ userId: trader });
  for (const { name, balances, result } of positions)
    print(`${name}: ${balances.sol} lamports, ${balances.token} units, result ${result.total}`);
}
