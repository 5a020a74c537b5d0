import { MIN_STARS_BALANCE } from "@pult/api/notifications/broadcasts/limits.ts";
import type { Estimate } from "@pult/api/notifications/broadcasts/schema.ts";
import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { Checkbox } from "../../../ui/switch.tsx";
import { roughly } from "./broadcast-plan.ts";
import type { Draft } from "./use-draft.ts";

function useBudgetText() {
  const t = useTranslations("live.broadcast");
  return ({ perMinute, left }: Estimate["budget"]) => {
    if (perMinute === null) return t("unlimited");
    return left === null ? t("perMinute", { count: perMinute }) : t("left", { left, count: perMinute });
  };
}

/** What it costs, before it is sent: as the server's own limits have it. */
export function Cost({ estimate }: { estimate: Estimate | undefined }) {
  const t = useTranslations("live.broadcast");
  const budgetText = useBudgetText();
  const cell = (label: string, value: ReactNode) => (
    <div className="min-w-0 border-line border-r px-2.5 py-1.5 last:border-0">
      <dt className="truncate text-11 text-muted">{label}</dt>
      <dd className="num truncate font-semibold">{estimate ? value : "…"}</dd>
    </div>
  );
  const { messages = 0, pins = 0, unpins = 0, seconds = 0, budget } = estimate ?? {};
  return (
    <dl className="grid grid-cols-3 rounded-2 border border-line bg-surface">
      {cell(t("messages"), t("messagesAndPins", { messages, pins, unpins }))}
      {cell(t(budget?.left === null ? "pace" : "budget"), budget ? budgetText(budget) : null)}
      {cell(t("doneIn"), t("duration", roughly(seconds ?? 0)))}
    </dl>
  );
}

type PaidProps = { draft: Draft; set: (changes: Partial<Draft>) => void; estimate: Estimate | undefined };

/** Speed for Stars: off until it is chosen, and never without its price. */
export function PaidSpeed({ draft: { paid }, set, estimate }: PaidProps) {
  const t = useTranslations("live.broadcast");
  const id = useId();
  return (
    <div className="-ml-2 grid grid-cols-[auto_minmax(0,1fr)] items-start">
      <Checkbox
        id={id}
        checked={paid}
        aria-describedby={`${id}-price`}
        onChange={(checked) => set({ paid: checked })}
      />
      <span className="pt-1.5 max-md:pt-3">
        <label htmlFor={id}>{t("paid")}</label>
        <span id={`${id}-price`} className="num block text-12 text-muted">
          {t(paid ? "price" : "priceHint", { stars: estimate?.stars ?? 0, balance: MIN_STARS_BALANCE })}
        </span>
      </span>
    </div>
  );
}
