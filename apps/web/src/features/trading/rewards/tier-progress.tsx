import type { Rewards } from "@pult/api/trading/rewards/schema.ts";
import { useTranslations } from "next-intl";
import { ProgressBar } from "../room/progress.tsx";
import { useTradingText } from "../use-trading-text.ts";

/** How much of the way to the next tier is traded, in hundredths of a percent, rounded down. */
const wayBps = ({ totalVolume, next }: Rewards): number =>
  next ? Number((BigInt(totalVolume) * 10_000n) / BigInt(next.from)) : 10_000;

/** What a tier gives, and how far the next one is. */
export function useTierText() {
  const t = useTranslations("rooms");
  const text = useTradingText();
  return {
    name: ({ tier }: Pick<Rewards, "tier">) => t(`tier.${tier}`),
    way: ({ totalVolume, next }: Rewards) =>
      next
        ? t("rewards.way", {
            traded: text.volume(totalVolume),
            from: text.volume(next.from),
            tier: t(`tier.${next.tier}`),
          })
        : t("rewards.top", { traded: text.volume(totalVolume) }),
    share: ({ feePercent, next }: Rewards) =>
      next
        ? t("rewards.share", {
            share: text.share(feePercent * 100),
            nextShare: text.share(next.feePercent * 100),
            tier: t(`tier.${next.tier}`),
          })
        : t("rewards.topShare", { share: text.share(feePercent * 100) }),
  };
}

export const TierBar = ({ rewards, className }: { rewards: Rewards; className?: string }) => (
  <ProgressBar bps={wayBps(rewards)} className={className ?? ""} />
);
