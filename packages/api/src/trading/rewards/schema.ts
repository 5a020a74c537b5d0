import { z } from "zod";
import { baseUnits, clientId, userId } from "../fields.ts";
import { tier } from "../schema.ts";

/** Default: the caller. */
export const rewardsInput = z.object({ userId: userId.optional() });
export type RewardsInput = z.infer<typeof rewardsInput>;
export const claimInput = rewardsInput.extend({
  /** A repeat with the same id gets the same answer and has no effect. */
  clientId: clientId.optional(),
});
export type ClaimInput = z.infer<typeof claimInput>;
/** Share of the trader's own fees that accrues. */
const feePercent = z.int().min(0).max(100);
export const rewards = z.object({
  tier,
  feePercent,
  /** Lamports. */
  unclaimedRewards: baseUnits,
  claimedRewards: baseUnits,
  /** Rooms created. */
  totalLaunches: z.int().nonnegative(),
  /** Lamports traded in all rooms. */
  totalVolume: baseUnits,
  /** The next tier and the volume from which it holds; null at the highest. */
  next: z.object({ tier, from: baseUnits, feePercent }).nullable(),
});
export type Rewards = z.infer<typeof rewards>;
export interface Claimed {
  /** Lamports. */
  claimed: string;
}
