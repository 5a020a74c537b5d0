"use client";

import { WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useConnection } from "../../../trpc/connection.tsx";
import { Banner } from "../../../ui/banner.tsx";
import { Dot } from "../../../ui/dot.tsx";
import { useTimeText } from "../use-time-text.ts";

/** How current the thread is, when it is not. */
export function ConnectionBanner({ isFillingGap }: { isFillingGap: boolean }) {
  const t = useTranslations();
  const { phase, since } = useConnection();
  const time = useTimeText();
  if (phase === "offline") {
    return (
      <Banner tone="warning" icon={WifiOff}>
        {t("connection.offlineSince", { time: time.clock(since) })}
      </Banner>
    );
  }
  if (phase !== "catchingUp" && !isFillingGap) return null;
  return (
    <Banner>
      <Dot tone="warning" className="mr-2" />
      {t(isFillingGap ? "thread.gap" : "connection.catchingUpLong")}
    </Banner>
  );
}
