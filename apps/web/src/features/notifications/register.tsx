import { useQuery } from "@tanstack/react-query";
import { Activity, Camera, Megaphone, Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useTimeText } from "../../i18n/use-time-text.ts";
import { useTRPC } from "../../trpc/provider.tsx";
import { useAgent, useMay } from "../auth/agent-context.tsx";
import {
  type Command,
  type CustomerRef,
  registerCommandGroup,
  registerCommands,
  registerCustomerFact,
  registerDestination,
} from "../shell/registry.ts";

const LIVE = "/live";
const INSTAGRAM = "/instagram";

function useLiveDestination() {
  const t = useTranslations("live");
  return useMay()("notifications:read") ? { label: t("title") } : null;
}

function useInstagramDestination() {
  const t = useTranslations("instagram");
  return useMay()("notifications:read") ? { label: t("title") } : null;
}

const useGroupLabel = () => useTranslations("live")("title");

function useNotificationCommands(): Command[] {
  const t = useTranslations();
  const router = useRouter();
  const may = useMay();
  const { permissions } = useAgent();
  if (!may("notifications:read")) return [];
  const open = (href: string) => () => router.push(href);
  const goTo = { group: "everywhere" };
  const commands: Command[] = [
    { ...goTo, id: "live", label: t("live.goTo"), icon: Activity, run: open(LIVE) },
    { ...goTo, id: "instagram", label: t("instagram.goTo"), icon: Camera, run: open(INSTAGRAM) },
  ];
  if (!may("notifications:write")) return commands;
  commands.push({ ...goTo, id: "newAlert", label: t("live.alerts.new"), icon: Plus, run: open(`${LIVE}?new=alert`) });
  if (permissions.includes("all")) {
    const run = open(`${LIVE}?panel=broadcast`);
    commands.push({ ...goTo, id: "broadcast", label: t("live.broadcast.write"), icon: Megaphone, run });
  }
  return commands;
}

/** Whether the customer gets broadcasts, and since when. */
function useConsent({ telegramId }: CustomerRef) {
  const t = useTranslations("live.consent");
  const trpc = useTRPC();
  const time = useTimeText();
  const enabled = useMay()("notifications:read") && telegramId !== null;
  const input = { chatId: Number(telegramId) };
  const { data } = useQuery(trpc.notifications.broadcasts.subscription.queryOptions(input, { enabled, staleTime: 0 }));
  if (!data) return null;
  const { subscribedAt, endedAt, endReason } = data.subscription ?? {};
  const text = () => {
    if (!subscribedAt) return t("never");
    if (!endedAt) return t("since", { date: time.date(subscribedAt) });
    return t(endReason === "blocked" ? "blocked" : "stopped", { date: time.date(endedAt) });
  };
  return { label: t("label"), value: text() };
}

registerDestination({ path: LIVE, icon: Activity, read: useLiveDestination });
registerDestination({ path: INSTAGRAM, icon: Camera, read: useInstagramDestination });
registerCommandGroup({ id: "live", readLabel: useGroupLabel });
registerCustomerFact({ id: "broadcasts", read: useConsent });
registerCommands({ id: "notifications", read: useNotificationCommands });
