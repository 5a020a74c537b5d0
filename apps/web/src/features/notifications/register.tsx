import { Activity, Camera, Megaphone, Plus } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useAgent, useMay } from "../auth/agent-context.tsx";
import { type Command, registerCommandGroup, registerCommands, registerDestination } from "../shell/registry.ts";

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

registerDestination({ path: LIVE, icon: Activity, read: useLiveDestination });
registerDestination({ path: INSTAGRAM, icon: Camera, read: useInstagramDestination });
registerCommandGroup({ id: "live", readLabel: useGroupLabel });
registerCommands({ id: "notifications", read: useNotificationCommands });
