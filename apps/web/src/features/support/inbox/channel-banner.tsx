import { useQuery } from "@tanstack/react-query";
import { TriangleAlert } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTRPC } from "../../../trpc/provider.tsx";
import { Banner } from "../../../ui/banner.tsx";

const LOOK_MS = 30_000;

/** What keeps the bot's support group from working, and how to mend it; nothing while it works. */
export function ChannelBanner() {
  const t = useTranslations("channelHealth");
  const trpc = useTRPC();
  const { data } = useQuery(trpc.support.channelHealth.queryOptions(undefined, { refetchInterval: LOOK_MS }));
  const telegram = data?.telegram;
  if (!telegram) return null;
  if (!telegram.running)
    return (
      <Banner tone="danger" icon={TriangleAlert}>
        {telegram.reason ? t("downBecause", { reason: telegram.reason }) : t("down")}
      </Banner>
    );
  const [problem] = telegram.problems;
  if (!problem) return null;
  const isOut = problem === "unreachable";
  return (
    <Banner tone={isOut ? "danger" : "warning"} icon={TriangleAlert}>
      {isOut && telegram.groupReason ? t("unreachableBecause", { reason: telegram.groupReason }) : t(problem)}
    </Banner>
  );
}
