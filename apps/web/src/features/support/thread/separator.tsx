"use client";

import { useTranslations } from "next-intl";
import { cx } from "../../../ui/cx.ts";
import { useTimeText } from "../use-time-text.ts";
import type { ThreadItem } from "./thread-items.ts";

type SeparatorItem = Extract<ThreadItem, { type: "day" | "new" | "start" }>;

/** A line across the thread: a day, the beginning, where new messages start. */
export function Separator({ item }: { item: SeparatorItem }) {
  const t = useTranslations("thread");
  const time = useTimeText();
  const text = () => {
    if (item.type === "new") return t("newMessages", { count: item.count });
    if (item.type === "start") return t("start");
    const days = time.daysAgo(item.at);
    return days === 0 ? t("today") : days === 1 ? t("yesterday") : time.day(item.at);
  };
  const isNew = item.type === "new";
  return (
    <div
      className={cx(
        "flex items-center gap-3 px-3 py-2 font-medium text-11 before:flex-1 before:border-t after:flex-1 after:border-t md:px-5",
        isNew
          ? "text-accent-text before:border-accent-line after:border-accent-line"
          : "text-muted before:border-line after:border-line",
      )}
    >
      {text()}
    </div>
  );
}
