"use client";

import { useTranslations } from "next-intl";
import { AfterPatience, Skeleton } from "../../ui/skeleton.tsx";

const BARS = ["w-52 h-12", "ml-auto w-44 h-8", "w-60 h-14", "ml-auto w-56 h-12", "w-40 h-8"];

export function ChatLoading() {
  const t = useTranslations("miniApp");
  return (
    <AfterPatience label={t("loading")}>
      <div className="flex flex-col gap-3 p-3">
        {BARS.map((bar) => (
          <Skeleton key={bar} className={`rounded-4 bg-surface-4 ${bar}`} />
        ))}
      </div>
    </AfterPatience>
  );
}
