/** What a trader chose last in a room. */
export interface Chosen {
  /** Lamports of the last buy. */
  buy: string | null;
  /** Percent of what was held at the last sell; null for an amount that was typed. */
  sellPercent: number | null;
  slippageBps: number;
}

/** How far the price may move, in hundredths of a percent; at 0 a trade is made as quoted or not at all. */
export const SLIPPAGES = [0, 50, 100, 300, 1_000] as const;
export const BUY_PRESETS = [100_000_000n, 500_000_000n, 1_000_000_000n] as const;
export const SELL_PERCENTS = [25, 50, 75] as const;

const FIRST: Chosen = { buy: null, sellPercent: null, slippageBps: 100 };
const PREFIX = "pult.rooms.ticket";

type Kept = Pick<Storage, "getItem" | "setItem">;

function read(storage: Kept, key: string): Chosen | null {
  try {
    const kept = JSON.parse(storage.getItem(key) ?? "null");
    if (typeof kept !== "object" || kept === null) return null;
    const { buy, sellPercent, slippageBps } = kept;
    return {
      buy: typeof buy === "string" && /^[1-9]\d{0,18}$/.test(buy) ? buy : null,
      sellPercent: [...SELL_PERCENTS, 100].includes(sellPercent) ? sellPercent : null,
      slippageBps: SLIPPAGES.includes(slippageBps) ? slippageBps : FIRST.slippageBps,
    };
  } catch {
    // A browser that keeps nothing, or what another version wrote.
    return null;
  }
}

/** What was chosen in this room; in a new one the slippage that was chosen last anywhere. */
export function recall(roomId: string, storage: Kept = localStorage): Chosen {
  const here = read(storage, `${PREFIX}.${roomId}`);
  return here ?? { ...FIRST, slippageBps: read(storage, PREFIX)?.slippageBps ?? FIRST.slippageBps };
}

export function remember(roomId: string, chosen: Chosen, storage: Kept = localStorage): void {
  try {
    storage.setItem(`${PREFIX}.${roomId}`, JSON.stringify(chosen));
    storage.setItem(PREFIX, JSON.stringify(chosen));
  } catch {
    // A browser that keeps nothing: the choice lives as long as the page.
  }
}
