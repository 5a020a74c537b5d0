import { useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useTimeText } from "../../i18n/use-time-text.ts";
import { cx } from "../../ui/cx.ts";

/** A line across a thread of the dashboard. */
export const ThreadLine = ({ isNew, children }: { isNew?: boolean; children: ReactNode }) => (
  <div
    className={cx(
      "flex items-center gap-3 px-3 py-2 font-medium text-11 before:flex-1 before:border-t after:flex-1 after:border-t md:px-5",
      isNew
        ? "text-accent-text before:border-accent-line after:border-accent-line"
        : "text-muted before:border-line after:border-line",
    )}
  >
    {children}
  </div>
);

/** Where a day begins. */
export function DayLine({ at }: { at: string }) {
  const t = useTranslations("message");
  const time = useTimeText();
  const days = time.daysAgo(at);
  return <ThreadLine>{days === 0 ? t("today") : days === 1 ? t("yesterday") : time.day(at)}</ThreadLine>;
}
