import { LAMPORTS } from "./curve.ts";
import type { Rewards } from "./rewards/schema.ts";
import { TIERS, type Tier } from "./schema.ts";
import type { TraderRecord } from "./traders.ts";

/** From which lifetime volume, in lamports, a tier holds, and the share of the trader's own fees that accrues there. */
export const TIER_RULES: Readonly<Record<Tier, { from: bigint; percent: bigint }>> = {
  Bronze: { from: 0n, percent: 20n },
  Silver: { from: 100n * LAMPORTS, percent: 25n },
  Gold: { from: 1_000n * LAMPORTS, percent: 30n },
  Platinum: { from: 10_000n * LAMPORTS, percent: 40n },
  Diamond: { from: 100_000n * LAMPORTS, percent: 50n },
};

export const tierOf = (volume: bigint): Tier => TIERS.findLast((one) => volume >= TIER_RULES[one].from) ?? "Bronze";

/** Lamports of a fee that accrue to a trader with this volume before the trade, rounded down. */
export const rewardOf = (fee: bigint, volume: bigint): bigint => (fee * TIER_RULES[tierOf(volume)].percent) / 100n;

export function rewardsOf(trader: Pick<TraderRecord, "volume" | "unclaimed" | "claimed" | "launches">): Rewards {
  const { volume, unclaimed, claimed, launches } = trader;
  const tier = tierOf(volume);
  const next = TIERS.find((one) => TIER_RULES[one].from > volume);
  const feePercentOf = (one: Tier) => Number(TIER_RULES[one].percent);
  return {
    tier,
    feePercent: feePercentOf(tier),
    unclaimedRewards: String(unclaimed),
    claimedRewards: String(claimed),
    totalLaunches: launches,
    totalVolume: String(volume),
    next: next ? { tier: next, from: String(TIER_RULES[next].from), feePercent: feePercentOf(next) } : null,
  };
}
