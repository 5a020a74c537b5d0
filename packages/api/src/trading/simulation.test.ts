import { sql } from "drizzle-orm";
import fc from "fast-check";
import { expect, it } from "vitest";
import type { Customer } from "../actor.ts";
import { findDomainError } from "../errors.ts";
import { callerOf, keyWith, query } from "../testing/factories.ts";
import { describeOnDatabases, type TestWorld } from "../testing/test-deps.ts";
import { makeTrader } from "../testing/trading-room.ts";
import type { RoomTrade } from "./schema.ts";

/** `TRADING_OPERATIONS=1000000 npx vitest run packages/api/src/trading/simulation.test.ts` makes a million. */
const OPERATIONS = Number(process.env.TRADING_OPERATIONS ?? 900);
const SEED = Number(process.env.TRADING_SEED ?? 20_261_121);
/** Operations at once: in a long run as many as share a transaction. */
const BURST = OPERATIONS > 10_000 ? 500 : 30;
const FEES = [0, 100, 1_000];

/** What may be refused; anything else is a fault. */
const REFUSALS = [
  ...[
    "notJoined",
    "insufficientBalance",
    "slippage",
    "nothingToTrade",
    "clientIdReused",
    "completed",
    "nothingToClaim",
  ],
].map((key) => `trading.${key}`);

const place = { trader: fc.nat(11), room: fc.nat(FEES.length - 1) };
const amount = fc
  .tuple(fc.integer({ min: 3, max: 11 }), fc.integer({ min: 1, max: 99 }))
  .map(([e, x]) => String(BigInt(x) * 10n ** BigInt(e)));
const operation = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ ...place, kind: fc.constantFrom("join", "join", "join", "leave", "say", "claim") }),
  },
  {
    weight: 12,
    arbitrary: fc.record({
      ...place,
      kind: fc.constant("trade"),
      side: fc.constantFrom("buy", "sell"),
      exact: fc.constantFrom("in", "in", "out"),
      amount,
      // Few, so that many are repeats, of the same content or another.
      clientId: fc.option(fc.integer({ max: 200 }).map(String), { nil: undefined }),
      minOut: fc.option(amount, { nil: undefined, freq: 2 }),
    }),
  },
);
type Operation = ReturnType<typeof operation.generate>["value"];

describeOnDatabases("Trading at random", (world) => {
  it(
    "leaves every room exact to the unit, and tells each trade once and in order",
    async () => {
      const server = callerOf(world.deps, keyWith("trading:write")).trading;
      const traders = Array.from({ length: 12 }, () => makeTrader());
      const open = async (feeBps: number) => {
        const { id } = await server.rooms.create({ name: "Room", feeBps });
        await Promise.all(traders.map((one) => callerOf(world.deps, one).trading.rooms.join({ roomId: id })));
        return id;
      };
      const rooms = await Promise.all(FEES.map(open));
      const history = new History();
      for (let done = 0; done < OPERATIONS; done += BURST) {
        const burst = fc.sample(operation, { numRuns: Math.min(BURST, OPERATIONS - done), seed: SEED + done });
        await runBurst(world, { burst, rooms, traders, history });
        history.takeTold(world);
        // A completed room is left to its holders, and another opened in its place.
        for (const [at, roomId] of rooms.entries())
          if (history.completed.has(roomId)) rooms[at] = await open(FEES[at] ?? 0);
      }
      for (const { roomId } of await query<{ roomId: string }>(world.deps, sql`select id as "roomId" from rooms`))
        expect(await server.rooms.verify({ roomId }), `TRADING_SEED=${SEED}`).toMatchObject({ differences: [] });
      expect(history.trades).toBeGreaterThan(OPERATIONS / 10);
      expect(await world.countRows("trades")).toBe(history.trades);
    },
    60_000 + OPERATIONS * 10,
  );
});

interface Burst {
  burst: readonly Operation[];
  rooms: readonly string[];
  traders: readonly Customer[];
  history: History;
}

async function runBurst(world: TestWorld, { burst, rooms, traders, history }: Burst): Promise<void> {
  world.deps.clock.advance(700);
  await Promise.all(
    burst.map(async (one) => {
      const roomId = rooms[one.room] ?? "";
      const api = callerOf(world.deps, traders[one.trader] as Customer).trading;
      try {
        if (one.kind === "join") await api.rooms.join({ roomId });
        else if (one.kind === "leave") await api.rooms.leave({ roomId });
        else if (one.kind === "say") await api.chat.send({ roomId, text: "Hello" });
        else if (one.kind === "claim") await api.rewards.claim({});
        else if ("side" in one) {
          const { side, exact, amount: given, clientId, minOut } = one;
          const { trade } = await api.trade({ roomId, side, exact, amount: given, clientId, minOut });
          history.answered(roomId, trade, clientId !== undefined);
        }
      } catch (error) {
        expect(REFUSALS, `TRADING_SEED=${SEED}`).toContain(findDomainError(error)?.key ?? String(error));
      }
    }),
  );
}

/** What callers were answered and the rooms were told. */
class History {
  /** Those of this burst, and those that may be asked for again. */
  readonly #answers = new Map<string, string>();
  readonly #repeatable = new Map<string, string>();
  /** The last trade of each room that it was told of. */
  readonly #last = new Map<string, RoomTrade>();
  readonly completed = new Set<string>();
  trades = 0;

  answered(roomId: string, trade: RoomTrade, isRepeatable: boolean): void {
    const key = `${roomId} ${trade.sequence}`;
    const answer = JSON.stringify(trade);
    expect(this.#repeatable.get(key) ?? answer).toBe(answer);
    this.#answers.set(key, answer);
    if (isRepeatable) this.#repeatable.set(key, answer);
  }

  /** Each trade once, in the order of the room, as it was answered, and with a product that never falls. */
  takeTold({ deps: { bus } }: TestWorld): void {
    for (const { topic, entry } of bus.published.splice(0)) {
      const event = entry.payload as { type: string; trade: RoomTrade };
      const roomId = topic.slice("trading.room:".length);
      if (event.type === "completed") this.completed.add(roomId);
      if (event.type !== "traded") continue;
      const before = this.#last.get(roomId);
      expect(event.trade.sequence).toBeGreaterThan(before?.sequence ?? 0);
      expect(this.#answers.get(`${roomId} ${event.trade.sequence}`)).toBe(JSON.stringify(event.trade));
      if (before) expect(productOf(event.trade) >= productOf(before)).toBe(true);
      this.#last.set(roomId, event.trade);
      this.trades += 1;
    }
    bus.latest.length = 0;
    this.#answers.clear();
  }
}

const productOf = ({ reserves }: RoomTrade): bigint => BigInt(reserves.sol) * BigInt(reserves.token);
