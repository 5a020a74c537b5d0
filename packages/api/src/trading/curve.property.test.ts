import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Curve,
  type Fill,
  fillOrder,
  LAMPORTS,
  marketValueOf,
  type Order,
  priceImpactOf,
  priceOf,
  START,
  volumeOf,
  withFee,
} from "./curve.ts";

const feeBps = fc.integer({ min: 0, max: 1_000 });
/** From a lamport to what no wallet holds, each magnitude as likely. */
const amount = fc
  .tuple(fc.integer({ min: 0, max: 18 }), fc.bigInt({ min: 1n, max: 9n }))
  .map(([e, x]) => x * 10n ** BigInt(e));
const order = fc.record<Order>({ side: fc.constantFrom("buy", "sell"), exact: fc.constantFrom("in", "out"), amount });

/** The curve after a number of buys and sells that it allows. */
const curve = fc.array(order, { maxLength: 8 }).map((orders) =>
  orders.reduce<Curve>((at, one) => {
    const next = fillOrder(at, one, 100)?.after;
    return next && isPossible(next) ? next : at;
  }, START),
);
/** Holders can sell no more than was bought. */
const isPossible = ({ forSale }: Curve): boolean => forSale > 0n && forSale <= START.forSale;

const check = (property: fc.IProperty<[Curve, Order, number]>) => fc.assert(property, { numRuns: 2_000 });

/** An order that the curve fills; null for others. */
function fill(at: Curve, given: Order, fee: number): Fill | null {
  const filled = fillOrder(at, given, fee);
  return filled && filled.after.forSale >= 0n && filled.after.forSale <= START.forSale ? filled : null;
}

/** A fraction, compared without rounding. */
interface Ratio {
  over: bigint;
  under: bigint;
}
const compare = (a: Ratio, b: Ratio): bigint => a.over * b.under - b.over * a.under;
const whole = (over: bigint): Ratio => ({ over, under: 1n });

/** What the units of a buy would be worth, or those of a sell, by the product alone: `sol · token` stays. */
const exactSol = (at: Curve, { side }: Order, units: bigint): Ratio =>
  side === "buy"
    ? { over: at.sol * units, under: at.token - units }
    : { over: at.sol * units, under: at.token + units };

describe("The curve", () => {
  it("sells from the start what the document computes for 0.1 SOL after the fee", () => {
    const amount = withFee(LAMPORTS / 10n, 100);
    expect(fillOrder(START, { side: "buy", exact: "in", amount }, 100)).toEqual({
      in: 101_010_102n,
      out: 3_564_784_053_156n,
      fee: 1_010_102n,
      moved: 100_000_000n,
      after: { sol: 30_100_000_000n, token: 1_069_435_215_946_844n, forSale: 789_535_215_946_844n },
    });
    expect([priceOf(START), marketValueOf(START)]).toEqual([27_958_993_476n, 27_958_993_476n]);
  });

  it("takes the least amount that leaves a net one after the fee", () => {
    fc.assert(
      fc.property(amount, feeBps, (net, fee) => {
        const netOf = (gross: bigint) => gross - (gross * BigInt(fee) + 9_999n) / 10_000n;
        const gross = withFee(net, fee);
        expect([netOf(gross), netOf(gross - 1n) < net]).toEqual([net, true]);
      }),
    );
  });

  it("never lets the product fall, by any order", () => {
    check(
      fc.property(curve, order, feeBps, (at, given, fee) => {
        const filled = fill(at, given, fee);
        if (filled) expect(filled.after.sol * filled.after.token >= at.sol * at.token).toBe(true);
      }),
    );
  });

  it("conserves every unit and every lamport", () => {
    check(
      fc.property(curve, order, feeBps, (at, given, fee) => {
        const filled = fill(at, given, fee);
        if (!filled) return;
        const units = given.side === "buy" ? filled.out : -filled.in;
        const lamports = given.side === "buy" ? filled.in - filled.fee : -(filled.out + filled.fee);
        expect(filled.after).toEqual({ sol: at.sol + lamports, token: at.token - units, forSale: at.forSale - units });
        expect(filled.in > 0n && filled.out > 0n && filled.fee >= 0n).toBe(true);
      }),
    );
  });

  it("equals a reference of fractions, rounded against the trader by less than a lamport", () => {
    check(
      fc.property(curve, order, feeBps, (at, given, fee) => {
        const filled = fill(at, given, fee);
        if (!filled) return;
        const exact = exactSol(at, given, given.side === "buy" ? filled.out : filled.in);
        const isBuy = given.side === "buy";
        // A buyer pays at least the exact price, a seller gets at most it.
        expect(compare(whole(filled.moved), exact) * (isBuy ? 1n : -1n) >= 0n).toBe(true);
        if (given.exact === "out" || given.side === "sell") {
          const near = isBuy ? filled.moved - 1n : filled.moved + 1n;
          const next = given.side === "sell" && given.exact === "out" ? exactSol(at, given, filled.in - 1n) : exact;
          const target = given.side === "sell" && given.exact === "out" ? whole(filled.moved) : whole(near);
          expect(compare(target, next) * (isBuy ? -1n : 1n) > 0n).toBe(true);
        }
        // One unit more would have cost more than was paid.
        if (isBuy && given.exact === "in" && filled.after.forSale > 0n)
          expect(compare(whole(filled.moved), exactSol(at, given, filled.out + 1n)) < 0n).toBe(true);
      }),
    );
  });

  it("never lets a round trip profit", () => {
    check(
      fc.property(curve, order, feeBps, (at, given, fee) => {
        const bought = fill(at, { ...given, side: "buy" }, fee);
        const back = bought && fillOrder(bought.after, { side: "sell", exact: "in", amount: bought.out }, fee);
        if (bought && back) expect(back.out <= bought.in).toBe(true);
      }),
    );
  });

  it("raises the price by buys and lowers it by sells", () => {
    check(
      fc.property(curve, order, feeBps, (at, given, fee) => {
        const filled = fill(at, given, fee);
        if (!filled) return;
        const change = priceOf(filled.after) - priceOf(at);
        expect(given.side === "buy" ? change >= 0n : change <= 0n).toBe(true);
        expect(priceImpactOf(at, given, filled)).toBeGreaterThanOrEqual(0);
        expect(volumeOf(given, filled) >= filled.moved).toBe(true);
      }),
    );
  });

  it("sells the rest to an order of that much or more, for the least that buys it", () => {
    check(
      fc.property(curve, order, feeBps, (at, given, fee) => {
        const last = fillOrder(at, { side: "buy", exact: "out", amount: at.forSale }, fee);
        if (!last) throw new Error("Nothing is left");
        const more = last.in + given.amount;
        expect(fillOrder(at, { side: "buy", exact: "in", amount: more }, fee)).toEqual(last);
        expect(fillOrder(at, { side: "buy", exact: "in", amount: last.in }, fee)).toEqual(last);
        expect(last.after.forSale).toBe(0n);
        const less = fillOrder(at, { side: "buy", exact: "in", amount: last.in - 1n }, fee);
        expect((less?.out ?? 0n) < at.forSale).toBe(true);
      }),
    );
  });

  it.each<Order>([
    { side: "buy", exact: "in", amount: 1n },
    { side: "sell", exact: "in", amount: 1n },
    { side: "sell", exact: "out", amount: 30n * LAMPORTS },
  ])("fills nothing for $side of $amount $exact", (given) => {
    expect(fillOrder(START, given, 100)).toBeNull();
  });
});
