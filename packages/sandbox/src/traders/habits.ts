import type { TradersPace } from "./control.ts";

/** From 0 up to but not including 1. */
export type Random = () => number;

/** What a trader has in the room. */
export interface Position {
  /** Lamports. */
  sol: bigint;
  /** Units. */
  token: bigint;
  /** Lamports that the units are worth. */
  worth: bigint;
}

/** Seconds between two things that happen, at least and at most. */
const PAUSES: Record<TradersPace, readonly [number, number]> = { slow: [8, 24], calm: [2, 6], lively: [1, 2] };

export function pauseMs(pace: TradersPace, random: Random): number {
  const [least, most] = PAUSES[pace];
  return Math.round(1_000 * (least + (most - least) * random()));
}

/** Share of a trader's wealth in tokens that is never exceeded by buying; half of it is where buys and sells balance. */
const MOST_IN_TOKENS = 0.6;
/** Lamports; a poorer trader watches. */
const LEAST_WEALTH = 10_000n;

/** The less of a trader's wealth is in tokens, the more likely they buy: together they stay around a price, and sell no room out. */
export function chooseTrade(
  { sol, token, worth }: Position,
  random: Random,
): { isBuy: boolean; amount: bigint } | null {
  const wealth = sol + worth;
  if (wealth < LEAST_WEALTH) return null;
  const share = Number(worth) / Number(wealth);
  const isBuy = random() >= share / MOST_IN_TOKENS;
  const perMille = isBuy ? between(5, 30, random) : between(20, 150, random);
  const amount = ((isBuy ? sol : token) * perMille) / 1_000n;
  return amount > 0n ? { isBuy, amount } : null;
}

const between = (least: number, most: number, random: Random): bigint =>
  BigInt(least + Math.floor(random() * (most - least + 1)));

export type Act = "come" | "go" | "say" | "trade";

/** Traders in the room at least. */
const FEW = 2;

export function chooseAct({ present, away }: { present: number; away: number }, random: Random): Act {
  if (present < FEW && away > 0) return "come";
  const lot = random();
  if (lot < 0.08 && away > 0) return "come";
  if (lot >= 0.08 && lot < 0.13 && present > FEW) return "go";
  return lot > 0.9 ? "say" : "trade";
}

const LINES = [
  "Good morning, room.",
  "Nice move.",
  "I bought a little.",
  "Taking some profit.",
  "Waiting for a better price.",
  "Anyone selling?",
  "The curve is steep here.",
  "Back to even.",
  "That was a big one.",
  "Holding for now.",
  "Calm today.",
  "Let us see where this goes.",
];

export const chooseOne = <Item>(items: readonly Item[], random: Random): Item | undefined =>
  items[Math.floor(random() * items.length)];
export const chooseLine = (random: Random): string => chooseOne(LINES, random) ?? "";
