import { WifiOff } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../i18n/use-time-text.ts";
import { useConnection } from "../../trpc/connection.tsx";
import { Banner } from "../../ui/banner.tsx";

/** Says from when prices are that cannot be current. */
export function OfflineBanner({ of }: { of: "room" | "list" }) {
  const t = useTranslations("rooms");
  const { phase, since } = useConnection();
  const time = useTimeText();
  if (phase !== "offline") return null;
  return (
    <Banner tone="warning" icon={WifiOff}>
      {t(of === "room" ? "offlineSince" : "list.offlineSince", { time: time.clock(since) })}
    </Banner>
  );
}
