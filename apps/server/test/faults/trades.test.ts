import { describe, expect, test } from "vitest";
import { adminCli } from "../support/admin-cli.ts";
import { type Installation, openInstallation } from "../support/installation.ts";
import { countdown } from "../support/mailbox.ts";
import { bothDatabases } from "../support/matrix.ts";
import { createRoom, joinAs, type TradingMessage } from "../support/trading-socket.ts";
import { callApi } from "../support/trpc-client.ts";

const KILLS = 2;
const TRADERS = 5;
/** Lamports; each trade of a trader has an amount of its own. */
const LEAST = 100_000;

type Trading = Awaited<ReturnType<typeof joinAs>> & { environmentId: string };

/** Trades one after the other, and never gives one up: the same client id until it is acknowledged. */
class Trader {
  readonly userId: string;
  /** Amounts. */
  readonly acknowledged: string[] = [];

  constructor(userId: string) {
    this.userId = userId;
  }

  /** Joins a room, for `trade`. */
  async join(server: Installation, environmentId: string): Promise<Trading> {
    return { environmentId, ...(await joinAs(server, this.userId, environmentId)) };
  }

  /** Trades until the server is gone, or until `most` more are acknowledged. */
  async trade(trading: Trading, { most, step }: { most: number; step(): void }): Promise<void> {
    const { environmentId, told, say, closed, socket } = trading;
    const gone = closed.then(() => null);
    for (let left = most; left > 0; left -= 1) {
      const amount = String(LEAST + this.acknowledged.length);
      const isAnswer = ({ type, data }: TradingMessage) =>
        type === "ERROR" || (data.trade?.userId === this.userId && data.trade.amount === amount);
      say("VIRTUAL_TRADE", { environmentId, amount, isBuy: true, clientId: amount });
      const answer = await Promise.race([told.first(isAnswer, 30_000), gone]);
      if (answer === null) return;
      expect(answer.type).toBe("VIRTUAL_TRADE_EXECUTED");
      this.acknowledged.push(amount);
      step();
    }
    socket.close();
  }
}

async function storedBy(server: Installation, roomId: string, userId: string): Promise<string[]> {
  const amounts: string[] = [];
  let cursor: string | null = null;
  do {
    const page: { trades: { amountIn: string }[]; nextCursor: string | null } = await callApi(
      server,
    ).trading.trades.query({ roomId, userId: `app:${userId}`, cursor, limit: 200 });
    amounts.push(...page.trades.map(({ amountIn }) => amountIn));
    cursor = page.nextCursor;
  } while (cursor !== null);
  return amounts.toReversed();
}

describe.each(bothDatabases())("kill -9 in a burst of trades on %s", (_name, cell) => {
  test("keeps every acknowledged trade once, and the room exact to the unit", async () => {
    const server = await openInstallation(cell);
    try {
      const { id: roomId } = await createRoom(server);
      const traders = Array.from({ length: TRADERS }, (_, at) => new Trader(`trader-${at}`));
      const killedAfter: number[] = [];
      for (let kill = 0; kill < KILLS; kill += 1) {
        const counter = countdown();
        const after = 1 + Math.floor(Math.random() * 80);
        const reached = counter.more(after);
        const joined = await Promise.all(traders.map((one) => one.join(server, roomId)));
        const running = joined.map((trading, at) =>
          traders[at]?.trade(trading, { most: Number.POSITIVE_INFINITY, step: counter.step }),
        );
        await reached;
        await server.kill();
        await Promise.all(running);
        killedAfter.push(after);
        await server.restart();
        // The trade under way may have been made without its answer having arrived: its repeat is answered.
        await Promise.all(
          traders.map(async (one) => one.trade(await one.join(server, roomId), { most: 1, step: () => {} })),
        );
        for (const { userId, acknowledged } of traders)
          expect(await storedBy(server, roomId, userId), `killed after ${killedAfter}`).toEqual(acknowledged);
        const trades = traders.reduce((sum, { acknowledged }) => sum + acknowledged.length, 0);
        expect(await adminCli(server).json(["rooms", "verify", roomId])).toMatchObject({ isExact: true, trades });
      }
    } finally {
      await server.stop();
    }
  });
});
