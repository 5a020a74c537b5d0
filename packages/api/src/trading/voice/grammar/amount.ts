import { formatNumber, HALF, QUARTER, readNumber } from "./numbers.ts";
import type { Amount } from "./schema.ts";
import { ALL, FILLERS, HALVES, OWNING, PERCENT, QUARTERS, SOL, TOKEN } from "./vocabulary.ts";

type Unit = "sol" | "token";

/** What the words after a verb hold. */
interface Found {
  /** Null for none, and for more than one. */
  amount: Amount | null;
  /** Words that no command has. */
  unknown: number;
  /** The unit was not said. */
  isGuess: boolean;
}

interface Heard {
  numbers: bigint[];
  /** A half or a quarter of something. */
  parts: bigint[];
  units: Unit[];
  isAll: boolean;
  isPercent: boolean;
  isOwn: boolean;
  unknown: number;
}

/** The amount of an order: numbers and units in any order, "half", "all", percents. */
export function amountIn(words: readonly string[], side: "buy" | "sell"): Found {
  const heard = hear(words);
  const amount = heard.numbers.length + heard.parts.length + Number(heard.isAll) === 1 ? meantBy(heard, side) : null;
  return { amount, unknown: heard.unknown, isGuess: heard.units.length === 0 && amount?.kind === "exact" };
}

function hear(words: readonly string[]): Heard {
  const heard: Heard = {
    ...{ numbers: [], parts: [], units: [], isAll: false, isPercent: false, isOwn: false, unknown: 0 },
  };
  for (let at = 0; at < words.length; ) {
    const number = readNumber(words, at);
    if (number) {
      heard.numbers.push(number.value);
      at = number.next;
      continue;
    }
    hearWord(heard, words[at] ?? "");
    at += 1;
  }
  return heard;
}

function hearWord(heard: Heard, word: string): void {
  if (OWNING.has(word)) heard.isOwn = true;
  if (HALVES.has(word)) heard.parts.push(HALF);
  else if (QUARTERS.has(word)) heard.parts.push(QUARTER);
  else if (/^полсол/.test(word)) {
    heard.parts.push(HALF);
    heard.units.push("sol");
  } else if (ALL.has(word)) heard.isAll = true;
  else if (PERCENT.has(word)) heard.isPercent = true;
  else if (SOL.has(word)) heard.units.push("sol");
  else if (TOKEN.has(word)) heard.units.push("token");
  else if (!FILLERS.has(word)) heard.unknown += 1;
}

function meantBy({ numbers, parts, units, isAll, isPercent, isOwn }: Heard, side: "buy" | "sell"): Amount | null {
  const own: Unit = side === "buy" ? "sol" : "token";
  const [unit = own] = units;
  if (units.some((one) => one !== unit)) return null;
  const [number] = numbers;
  const [part] = parts;
  // Shares are of what the trader gives.
  if (isAll || isPercent || (part !== undefined && (isOwn || units.length === 0 || unit === "token"))) {
    if (unit !== own) return null;
    return shareOf(isAll ? 100n * HALF * 2n : (number ?? (part ?? 0n) * 100n));
  }
  return exactly(number ?? part ?? 0n, unit);
}

function shareOf(percent: bigint): Amount | null {
  return percent > 0n && percent <= 200n * HALF ? { kind: "share", percent: formatNumber(percent) } : null;
}

/** Null for nothing, and for parts of a unit that cannot be parted. */
function exactly(value: bigint, unit: Unit): Amount | null {
  if (value <= 0n || (unit === "token" && value % 1_000n !== 0n)) return null;
  return { kind: "exact", value: formatNumber(value), unit };
}
