import type { TradersPace } from "@pult/sandbox/traders/control.ts";
import { useTranslations } from "next-intl";
import { Select } from "../../ui/select.tsx";
import { Switch } from "../../ui/switch.tsx";
import { control } from "./control-client.ts";
import { TraySection, useAttempt, useWorld } from "./sandbox-context.tsx";

const PACES = ["slow", "calm", "lively"] as const satisfies readonly TradersPace[];

/** The simulated traders of the demo room: whether they trade, how often, and who is there. */
export function TradersPanel() {
  const t = useTranslations("sandbox.traders");
  const { isRunning, pace, present, trades, problem } = useWorld().traders;
  const attempt = useAttempt();
  const paces = PACES.map((value) => ({ value, label: t(`pace.${value}`) }));
  const state = problem ? t(`problem.${problem}`) : isRunning ? t("present", { count: present.length }) : t("resting");
  return (
    <TraySection
      title={t("title")}
      side={
        <>
          <Select
            label={t("paceLabel")}
            value={pace}
            options={paces}
            onChange={(value) => void attempt(() => control.setTradersPace(value))}
          />
          <Switch
            checked={isRunning}
            label={t("title")}
            onChange={(isOn) => void attempt(() => control.runTraders(isOn))}
          />
        </>
      }
    >
      <p className="text-12 text-muted" title={present.join(", ")}>
        {state}, {t("trades", { count: trades })}
      </p>
    </TraySection>
  );
}
