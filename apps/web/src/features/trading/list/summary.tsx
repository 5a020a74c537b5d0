import type { Portfolio } from "@pult/api/trading/market/schema.ts";
import type { Rewards } from "@pult/api/trading/rewards/schema.ts";
import { Gift } from "lucide-react";
import { useTranslations } from "next-intl";
import { useId } from "react";
import { useConnection } from "../../../trpc/connection.tsx";
import { Button } from "../../../ui/button.tsx";
import { cx } from "../../../ui/cx.ts";
import { showToast } from "../../../ui/toast-manager.ts";
import { useFailureText } from "../../shell/use-failure-text.ts";
import { TierBar, useTierText } from "../rewards/tier-progress.tsx";
import { useClaim, useRewards } from "../rewards/use-rewards.ts";
import { useDeskPort } from "../room/use-desk-port.ts";
import { toneOf, useTradingText } from "../use-trading-text.ts";

const TILE = "min-w-0 border-line border-r border-b px-4 py-2.5 max-md:px-3 max-md:first:pl-4";

function ResultTile({ label, amount }: { label: string; amount: string }) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  return (
    <div className={TILE}>
      <dt className="truncate text-12 text-muted">{label}</dt>
      <dd title={text.solResult(amount)} className={cx("num truncate font-semibold text-14/5", toneOf(amount))}>
        {t("sol", { amount: text.briefResult(amount) })}
      </dd>
    </div>
  );
}

function Claim({ rewards }: { rewards: Rewards | null }) {
  const t = useTranslations("rooms.rewards");
  const text = useTradingText();
  const failureText = useFailureText();
  const whyId = useId();
  const isOffline = useConnection().phase === "offline";
  const port = useDeskPort();
  const { claiming, claim } = useClaim(port, {
    onClaimed: (lamports) =>
      showToast({ id: "claimed", icon: Gift, title: t("claimed", { amount: text.sol(lamports) }) }),
  });
  const { state } = claiming;
  const isBusy = state === "sending" || state === "done";
  const reason = () => {
    if (state === "sending") return claiming.isLate ? t("late") : null;
    if (state === "refused") return failureText(claiming.failure);
    if (!rewards || state === "done") return null;
    if (rewards.unclaimedRewards === "0") return t("nothing");
    return isOffline ? t("offline") : null;
  };
  const why = reason();
  const isDisabled = isBusy || isOffline || !rewards || rewards.unclaimedRewards === "0";
  return (
    <span className="flex min-w-0 items-center gap-2">
      <span
        id={whyId}
        role="status"
        title={why ?? undefined}
        className="line-clamp-2 min-w-0 text-right text-12 text-muted"
      >
        {why}
      </span>
      <Button
        size="sm"
        aria-disabled={isDisabled}
        aria-busy={state === "sending"}
        aria-describedby={whyId}
        onClick={() => !isDisabled && claim()}
        className={isDisabled ? "cursor-default text-disabled" : ""}
      >
        {t(state === "sending" ? "claiming" : state === "done" ? "done" : "claim")}
      </Button>
    </span>
  );
}

/** What came of the reader's trades in all rooms, and what their fees give back. */
export function Summary({ portfolio }: { portfolio: Portfolio }) {
  const t = useTranslations("rooms");
  const text = useTradingText();
  const tierText = useTierText();
  const { rewards } = useRewards(useDeskPort());
  const { realised, unrealised, total } = portfolio.result;
  const none = "–";
  return (
    <section aria-label={t("position.all")}>
      <dl className="-mr-px grid grid-cols-3 overflow-hidden lg:grid-cols-[repeat(3,minmax(0,1fr))_minmax(0,1.6fr)_minmax(0,1.6fr)]">
        <ResultTile label={t("position.total")} amount={total} />
        <ResultTile label={t("position.realised")} amount={realised} />
        <ResultTile label={t("position.unrealised")} amount={unrealised} />
        <div
          title={rewards ? tierText.share(rewards) : undefined}
          className={cx(TILE, "max-lg:col-span-3 max-md:px-4")}
        >
          <dt className="truncate text-12 text-muted">{rewards ? tierText.way(rewards) : t("rewards.tier")}</dt>
          <dd className="font-semibold text-14/5">
            {rewards ? tierText.name(rewards) : none}
            {rewards ? <TierBar rewards={rewards} className="mt-1" /> : null}
          </dd>
        </div>
        <div className={cx(TILE, "flex items-center justify-between gap-3 max-lg:col-span-3 max-md:px-4")}>
          <div className="shrink-0 self-start">
            <dt className="text-12 text-muted">{t("rewards.gathered")}</dt>
            <dd className="num font-semibold text-14/5">{rewards ? text.sol(rewards.unclaimedRewards) : none}</dd>
          </div>
          <Claim rewards={rewards} />
        </div>
      </dl>
    </section>
  );
}
