import type { LiveAlert } from "@pult/api/notifications/schema.ts";
import { useTranslations } from "next-intl";
import { type ReactNode, useId } from "react";
import { remaining } from "../../features/notifications/live/countdown.tsx";
import { cx } from "../../ui/cx.ts";

/** A group of rows under its heading, as Telegram's own settings have them. */
export function Section({ title, children }: { title: string; children: ReactNode }) {
  const id = useId();
  return (
    <section aria-labelledby={id}>
      <h2 id={id} className="px-4 pt-4 pb-1.5 font-medium text-13/4 text-muted">
        {title}
      </h2>
      <div className="mx-3 overflow-hidden rounded-4 bg-surface-2">{children}</div>
    </section>
  );
}

const ROW = "flex min-h-11 items-center justify-between gap-3 border-line border-t px-4 py-[11px] first:border-t-0";

export function Figure({ name, value, tone }: { name: string; value: string; tone?: string | undefined }) {
  return (
    <div className={ROW}>
      <dt className="min-w-0">{name}</dt>
      <dd className={cx("num shrink-0 font-semibold", tone)}>{value}</dd>
    </div>
  );
}

/** What is left of an alert's time, as a bar. */
export function TimeBar({ alert, now, className }: { alert: LiveAlert; now: number; className: string }) {
  const { share, tone } = remaining({ from: alert.publishedAt, until: alert.expiresAt, now });
  return (
    <span aria-hidden className={cx("block h-1 overflow-hidden rounded-full bg-surface-4", className)}>
      <span
        className={cx("block h-full origin-left rounded-full motion-safe:transition-transform", tone.bar)}
        style={{ transform: `scaleX(${share})`, transitionDuration: "1s", transitionTimingFunction: "linear" }}
      />
    </span>
  );
}

type AlertRowProps = { alert: LiveAlert; now: number; figures: string; onOpen: () => void };

/** An alert in a list; it opens by a tap. */
export function AlertRow({ alert, now, figures, onOpen }: AlertRowProps) {
  const t = useTranslations("miniApp.live");
  const { text, tone } = remaining({ from: alert.publishedAt, until: alert.expiresAt, now });
  return (
    <li className="border-line border-t first:border-t-0">
      <button
        type="button"
        onClick={onOpen}
        className="grid w-full grid-cols-[minmax(0,1fr)_auto] items-center gap-x-3 gap-y-0.5 px-4 py-[11px] text-left outline-offset-[-2px] active:bg-surface-3"
      >
        <span className="line-clamp-2 font-semibold">{alert.name}</span>
        <span role="timer" className={cx("num self-start text-right font-semibold", tone.text)}>
          <span className="sr-only">{t("closesIn")} </span>
          {text}
        </span>
        <span className="num truncate text-13/[18px] text-muted">{figures}</span>
        <TimeBar alert={alert} now={now} className="w-16" />
      </button>
    </li>
  );
}
