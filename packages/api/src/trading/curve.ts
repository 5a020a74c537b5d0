/** Lamports in a SOL, and units in a token. */
export const LAMPORTS = 1_000_000_000n;
export const UNITS = 1_000_000n;

/** What everyone who joins a room gets there once. */
export const GRANT = 10n * LAMPORTS;
/** Fee of a new room, in basis points. */
export const DEFAULT_FEE_BPS = 100;
export const MAX_FEE_BPS = 1_000;

/** Virtual reserves of a constant product, and the tokens that are left for sale. Lamports and units. */
export interface Curve {
  readonly sol: bigint;
  readonly token: bigint;
  readonly forSale: bigint;
}

/** @see https://github.com/pump-fun/pump-public-docs */
export const START: Curve = { sol: 30n * LAMPORTS, token: 1_073_000_000_000_000n, forSale: 793_100_000_000_000n };
/** Units by which the market value counts: those for sale, and those of a later listing. */
const SUPPLY = 1_000_000_000_000_000n;

export interface Order {
  readonly side: "buy" | "sell";
  /** Whether `amount` is what the trader gives or what the trader gets. */
  readonly exact: "in" | "out";
  /** Lamports or units, above zero. */
  readonly amount: bigint;
}

/** What an order comes to. */
export interface Fill {
  /** What the trader gives: lamports of a buy with the fee, units of a sell. */
  readonly in: bigint;
  /** What the trader gets: units of a buy, lamports of a sell after the fee. */
  readonly out: bigint;
  /** Lamports. */
  readonly fee: bigint;
  /** Lamports that enter the reserves by a buy, or leave them by a sell, before the fee. */
  readonly moved: bigint;
  readonly after: Curve;
}

const BPS = 10_000n;

/** Of positive numbers, rounded up. */
const divideUp = (dividend: bigint, divisor: bigint): bigint => (dividend + divisor - 1n) / divisor;

const feeOf = (lamports: bigint, feeBps: number): bigint => divideUp(lamports * BigInt(feeBps), BPS);

/** The smallest amount of which `net` is left after the fee. */
export const withFee = (net: bigint, feeBps: number): bigint => divideUp(net * BPS, BPS - BigInt(feeBps));

/**
 * What an order comes to, every division rounded against the trader. A buy of all that is left, or more, takes exactly the rest and pays
 * the least that buys it.
 * @returns null for what rounds to nothing, and for a sell of more than the reserves hold
 */
export function fillOrder(curve: Curve, { side, exact, amount }: Order, feeBps: number): Fill | null {
  if (side === "buy") return exact === "in" ? buyFor(curve, amount, feeBps) : buyUnits(curve, amount, feeBps);
  return exact === "in" ? sellUnits(curve, amount, feeBps) : sellFor(curve, amount, feeBps);
}

function buyFor(curve: Curve, lamports: bigint, feeBps: number): Fill | null {
  const fee = feeOf(lamports, feeBps);
  const net = lamports - fee;
  const out = (curve.token * net) / (curve.sol + net);
  if (out === 0n) return null;
  if (out >= curve.forSale) return buyUnits(curve, curve.forSale, feeBps);
  return { in: lamports, out, fee, moved: net, after: bought(curve, net, out) };
}

function buyUnits(curve: Curve, units: bigint, feeBps: number): Fill | null {
  const out = units < curve.forSale ? units : curve.forSale;
  if (out === 0n) return null;
  const net = divideUp(curve.sol * out, curve.token - out);
  const lamports = withFee(net, feeBps);
  return { in: lamports, out, fee: lamports - net, moved: net, after: bought(curve, net, out) };
}

function sellUnits(curve: Curve, units: bigint, feeBps: number): Fill | null {
  const gross = (curve.sol * units) / (curve.token + units);
  const fee = feeOf(gross, feeBps);
  if (gross <= fee) return null;
  return { in: units, out: gross - fee, fee, moved: gross, after: sold(curve, gross, units) };
}

function sellFor(curve: Curve, lamports: bigint, feeBps: number): Fill | null {
  const gross = withFee(lamports, feeBps);
  if (gross >= curve.sol) return null;
  const units = divideUp(curve.token * gross, curve.sol - gross);
  return { in: units, out: lamports, fee: gross - lamports, moved: gross, after: sold(curve, gross, units) };
}

const bought = ({ sol, token, forSale }: Curve, lamports: bigint, units: bigint): Curve => ({
  sol: sol + lamports,
  token: token - units,
  forSale: forSale - units,
});

const sold = ({ sol, token, forSale }: Curve, lamports: bigint, units: bigint): Curve => ({
  sol: sol - lamports,
  token: token + units,
  forSale: forSale + units,
});

/** Lamports for a whole token in units of 10⁻⁹, rounded down: how prices are stored and compared. */
export type Price = bigint;

const priceFor = (lamports: bigint, units: bigint): Price => (lamports * UNITS * LAMPORTS) / units;

/** What the next unit costs, before the fee. */
export const priceOf = ({ sol, token }: Curve): Price => priceFor(sol, token);

/** A fill's average, before the fee. */
export const averagePriceOf = ({ side }: Pick<Order, "side">, fill: Fill): Price =>
  priceFor(fill.moved, side === "buy" ? fill.out : fill.in);

/** Lamports that the whole supply is worth at the present price. */
export const marketValueOf = ({ sol, token }: Curve): bigint => (sol * SUPPLY) / token;

/** Lamports by which a fill counts towards volumes: what a buyer pays, what a seller gets before the fee. */
export const volumeOf = ({ side }: Pick<Order, "side">, fill: Fill): bigint => (side === "buy" ? fill.in : fill.moved);

/** How far a fill's average lies from the price before it, in basis points, rounded up. */
export function priceImpactOf(before: Curve, order: Pick<Order, "side">, fill: Fill): number {
  const [lamports, units] = order.side === "buy" ? [fill.moved, fill.out] : [fill.moved, fill.in];
  const [at, average] = [before.sol * units, lamports * before.token];
  return Number(divideUp((average > at ? average - at : at - average) * BPS, at));
}
