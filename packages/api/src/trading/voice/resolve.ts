import { LAMPORTS, type Order, UNITS } from "../curve.ts";
import type { Balances } from "../schema.ts";
import type { Amount } from "./grammar/schema.ts";

const MAX = 2n ** 63n;

/** An order of what was said, in base units; null for what is nothing, and for more than an amount can be. */
export function orderOf(side: "buy" | "sell", said: Amount, { sol, token }: Balances): Order | null {
  if (said.kind === "share") {
    const held = BigInt(side === "buy" ? sol : token);
    return orderAs({ side, exact: "in", amount: (held * scaled(said.percent, LAMPORTS)) / (100n * LAMPORTS) });
  }
  const amount = scaled(said.value, said.unit === "sol" ? LAMPORTS : UNITS);
  // A buy gives SOL and a sell gives tokens; the other is what the trader wants to get.
  const exact = (said.unit === "sol") === (side === "buy") ? "in" : "out";
  return orderAs({ side, exact, amount });
}

const orderAs = (order: Order): Order | null => (order.amount > 0n && order.amount < MAX ? order : null);

/** A decimal number in parts of a unit, rounded down. */
function scaled(decimal: string, unit: bigint): bigint {
  const [whole = "0", decimals = ""] = decimal.split(".");
  return BigInt(whole) * unit + (BigInt(decimals.padEnd(9, "0")) * unit) / LAMPORTS;
}
