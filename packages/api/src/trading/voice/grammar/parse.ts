import { amountIn } from "./amount.ts";
import { readCode } from "./numbers.ts";
import type { Amount, Command } from "./schema.ts";
import { ASKING, BALANCE, BUY, CONFIRM, DOUBT, FILLERS, OWN, PRICE, SELL, STOP } from "./vocabulary.ts";

/** Below it a command has no effect. */
export const ENOUGH = 0.7;

const NOTHING: Command = { intent: "none", parameters: {}, confidence: 0 };

/**
 * What a sentence of English or Russian asks for. "Stop" always wins; what denies, asks, supposes or tells makes no trade, and neither
 * does a sentence with words that a command does not have.
 */
export function parseCommand(text: string): Command {
  const words = wordsOf(text);
  if (words.some((word) => STOP.has(word))) return { intent: "cancel", parameters: {}, confidence: 1 };
  const has = (set: ReadonlySet<string>) => words.some((word) => set.has(word));
  const isBuy = has(BUY);
  if (isBuy || has(SELL)) {
    if (text.includes("?") || has(ASKING) || has(DOUBT)) return NOTHING;
    return isBuy && has(SELL) ? NOTHING : parseTrade(words, isBuy ? "buy" : "sell");
  }
  return parseConfirm(words, text) ?? parseQuestion(words) ?? NOTHING;
}

/** Lower case; numbers apart from what is written next to them; `ё` as `е`. */
function wordsOf(text: string): string[] {
  const plain = text
    .normalize("NFKC")
    .toLowerCase()
    .replaceAll("ё", "е")
    .replace(/[’‘`]/g, "'")
    // Thousands that blanks part.
    .replace(/(?<![\d.,])\d{1,3}(?: \d{3})+(?![\d.,])/g, (number) => number.replaceAll(" ", ""));
  return plain.match(/-?\d+(?:[.,]\d+)*|[\p{L}']+|%/gu) ?? [];
}

function parseTrade(words: readonly string[], intent: "buy" | "sell"): Command {
  const verbs = intent === "buy" ? BUY : SELL;
  const at = words.findIndex((word) => verbs.has(word));
  const before = words.slice(0, at);
  const { amount, unknown, isGuess } = amountIn(words.slice(at + 1), intent);
  const strange = unknown + before.filter((word) => !FILLERS.has(word)).length;
  if (strange > 1) return NOTHING;
  const parameters: { amount?: Amount } = amount ? { amount } : {};
  const confidence = (amount ? (isGuess ? 0.8 : 0.95) : 0.4) - strange * 0.4;
  return { intent, parameters, confidence: Math.round(Math.max(0, confidence) * 100) / 100 };
}

function parseConfirm(words: readonly string[], text: string): Command | null {
  if (text.includes("?") || words.some((word) => DOUBT.has(word))) return null;
  const isSaid = words.some((word) => CONFIRM.has(word));
  const rest = words.filter((word) => !CONFIRM.has(word) && !FILLERS.has(word));
  const read = readCode(rest, 0);
  if (read && read.next === rest.length)
    return { intent: "confirm", parameters: { code: read.code }, confidence: isSaid ? 0.95 : 0.8 };
  return isSaid && rest.length === 0 ? { intent: "confirm", parameters: {}, confidence: 0.3 } : null;
}

function parseQuestion(words: readonly string[]): Command | null {
  const has = (set: ReadonlySet<string>) => words.some((word) => set.has(word));
  // A word alone, or a question: what mentions a price in passing asks for none.
  const confidence = has(ASKING) || words.length <= 3 ? 0.9 : 0.5;
  if (has(BALANCE) || (has(ASKING) && has(OWN))) return { intent: "balance", parameters: {}, confidence };
  return has(PRICE) ? { intent: "price", parameters: {}, confidence } : null;
}
