import type { Rewards } from "@pult/api/trading/rewards/schema.ts";
import { useTranslations } from "next-intl";
import { useFailureText } from "../../features/shell/use-failure-text.ts";
import { TierBar, useTierText } from "../../features/trading/rewards/tier-progress.tsx";
import { useTradingText } from "../../features/trading/use-trading-text.ts";
import type { Failure } from "../../trpc/failure.ts";
import { Skeleton } from "../../ui/skeleton.tsx";
import { Figure, Section } from "../live/parts.tsx";

type RewardsSectionProps = { rewards: Rewards | null; failure: Failure | null };

/** The tier, how far the next one is, and what has gathered. */
export function RewardsSection({ rewards, failure }: RewardsSectionProps) {
  const t = useTranslations("rooms.rewards");
  const text = useTradingText();
  const failureText = useFailureText();
  if (!rewards) {
    return (
      <Section title={t("title")}>
        {failure ? (
          <div role="alert" className="px-4 py-3">
            <p>{t("failed")}</p>
            <p className="mt-0.5 text-13/[18px] text-muted">{failureText(failure)}</p>
          </div>
        ) : (
          <div role="status" aria-busy aria-label={t("loading")} className="px-4 py-3">
            <Skeleton className="my-1 h-4 w-24 bg-surface-4" />
            <Skeleton className="my-2.5 h-1 w-full bg-surface-4" />
            <Skeleton className="my-1 h-3 w-56 bg-surface-4" />
          </div>
        )}
      </Section>
    );
  }
  return (
    <>
      <Section title={t("title")}>
        <Standing rewards={rewards} />
        <dl className="border-line border-t">
          <Figure name={t("gathered")} value={text.sol(rewards.unclaimedRewards)} />
          <Figure name={t("claimedSoFar")} value={text.sol(rewards.claimedRewards)} />
        </dl>
      </Section>
      <p className="px-4 pt-2 text-13/4 text-muted">{t("note")}</p>
    </>
  );
}

function Standing({ rewards }: { rewards: Rewards }) {
  const tier = useTierText();
  return (
    <div className="px-4 py-3">
      <p className="flex flex-wrap items-baseline justify-between gap-x-3">
        <b className="font-semibold text-20">{tier.name(rewards)}</b>
        <span className="num text-13/[18px] text-muted">{tier.way(rewards)}</span>
      </p>
      <TierBar rewards={rewards} className="my-2" />
      <p className="num text-13/[18px] text-muted">{tier.share(rewards)}</p>
    </div>
  );
}
