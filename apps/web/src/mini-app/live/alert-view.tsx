import type { LiveAlert } from "@pult/api/notifications/schema.ts";
import { CircleCheck } from "lucide-react";
import { useTranslations } from "next-intl";
import { useEffect, useState } from "react";
import { remaining } from "../../features/notifications/live/countdown.tsx";
import { useAmounts } from "../../features/notifications/live/use-amounts.ts";
import { useTimeText } from "../../i18n/use-time-text.ts";
import { Button } from "../../ui/button.tsx";
import { Chip } from "../../ui/chip.tsx";
import { cx } from "../../ui/cx.ts";
import { Icon } from "../../ui/icon.tsx";
import type { TelegramClient } from "../telegram/client.ts";
import { AlertRow, Figure, Section, TimeBar } from "./parts.tsx";

type AlertViewProps = {
  /** Null when it has closed, or never was. */
  alert: LiveAlert | null;
  others: readonly LiveAlert[];
  now: number;
  /** Whose back button leads to the list; null while another tab is shown. */
  telegram: TelegramClient | null;
  /** Asks to be told the result. */
  onWatch: (id: string) => Promise<unknown>;
  onOpen: (id: string) => void;
  onClose: () => void;
};

/** One alert whole, with what else is open. */
export function AlertView({ alert, others, now, telegram, onWatch, onOpen, onClose }: AlertViewProps) {
  const t = useTranslations("miniApp.live");
  const { confidence } = useAmounts();
  useEffect(() => telegram?.onBack(onClose), [telegram, onClose]);
  return (
    <>
      {alert ? <Opened key={alert.id} alert={alert} now={now} /> : <Closed />}
      {others.length > 0 ? (
        <Section title={t("others")}>
          <ul>
            {others.map((other) => (
              <AlertRow
                key={other.id}
                alert={other}
                now={now}
                figures={[other.type, confidence(other.confidence)].join(" · ")}
                onOpen={() => onOpen(other.id)}
              />
            ))}
          </ul>
        </Section>
      ) : null}
      <div className="flex flex-col gap-2 px-3 pt-4">
        {alert ? <TellMe key={alert.id} onWatch={() => onWatch(alert.id)} /> : null}
        <Button size="touch" className="w-full" onClick={onClose}>
          {t("all")}
        </Button>
      </div>
    </>
  );
}

/** The result comes as a toast: at once, or when the customer is back. */
function TellMe({ onWatch }: { onWatch: () => Promise<unknown> }) {
  const t = useTranslations("miniApp.live");
  const [state, setState] = useState<"idle" | "asking" | "asked" | "failed">("idle");
  const ask = async () => {
    setState("asking");
    setState(
      await onWatch().then(
        () => "asked" as const,
        () => "failed" as const,
      ),
    );
  };
  if (state === "asked") {
    return (
      <p role="status" className="flex min-h-11 items-center justify-center gap-2 text-success">
        <Icon of={CircleCheck} />
        {t("willTell")}
      </p>
    );
  }
  return (
    <>
      <Button variant="primary" size="touch" className="w-full" aria-disabled={state === "asking"} onClick={ask}>
        {t("tellMe")}
      </Button>
      {state === "failed" ? (
        <p role="alert" className="text-center text-13 text-danger">
          {t("notSaved")}
        </p>
      ) : null}
    </>
  );
}

function Opened({ alert, now }: { alert: LiveAlert; now: number }) {
  const t = useTranslations("miniApp.live");
  const time = useTimeText();
  const { confidence, value } = useAmounts();
  const { name, type, sport, marketId, ev, publishedAt, expiresAt } = alert;
  const { text, tone } = remaining({ from: publishedAt, until: expiresAt, now });
  const evTone = ev > 0 ? "text-success" : ev < 0 ? "text-danger" : undefined;
  return (
    <>
      <header className="border-line border-b bg-surface-2 px-4 py-3">
        <p className="flex items-center gap-2">
          <Chip className="truncate">{type}</Chip>
          <Chip className="truncate">{sport}</Chip>
          <span className="num ml-auto shrink-0 text-13 text-muted">
            {t("sentAt", { time: time.exact(publishedAt) })}
          </span>
        </p>
        <h1 className="mt-2.5 font-semibold text-20">{name}</h1>
        <p className="mt-2 mb-2 flex flex-wrap items-baseline gap-x-2.5">
          <span role="timer" className={cx("num font-semibold text-[1.875rem]/9", tone.text)}>
            <span className="sr-only">{t("closesIn")} </span>
            {text}
          </span>
          <span className="num text-muted">{t("closesAt", { time: time.exact(expiresAt) })}</span>
        </p>
        <TimeBar alert={alert} now={now} className="w-full" />
      </header>
      <Section title={t("says")}>
        <dl>
          <Figure name={t("confidence")} value={confidence(alert.confidence)} />
          <Figure name={t("expectedValue")} value={value(ev)} tone={evTone} />
          <Figure name={t("market")} value={marketId} />
        </dl>
      </Section>
    </>
  );
}

function Closed() {
  const t = useTranslations("miniApp.live");
  return (
    <header className="border-line border-b bg-surface-2 px-4 py-4">
      <h1 className="font-semibold text-20">{t("closed")}</h1>
      <p className="mt-1 text-muted">{t("closedHint")}</p>
    </header>
  );
}
