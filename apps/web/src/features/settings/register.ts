import {
  Archive,
  BellRing,
  KeyRound,
  type LucideIcon,
  ScrollText,
  Send,
  ShieldCheck,
  SlidersHorizontal,
  Users,
  Webhook,
  Workflow,
} from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { useMay } from "../auth/agent-context.tsx";
import { registerCommands, registerDestination } from "../shell/registry.ts";

export type Section = {
  id:
    | "security"
    | "notifications"
    | "deliveries"
    | "team"
    | "crm"
    | "keys"
    | "webhooks"
    | "automations"
    | "retention"
    | "audit";
  href: string;
  label: string;
  icon: LucideIcon;
};
export type SectionGroup = { id: "you" | "workspace"; label: string; sections: Section[] };

/** Where a wide screen begins. */
export const FIRST_SECTION = "/settings/security";

/** What there is to settle, by whose it is; only what the agent may see. */
export function useSections(): SectionGroup[] {
  const t = useTranslations("settings");
  const may = useMay();
  const section = (id: Section["id"], icon: LucideIcon): Section => ({
    id,
    href: `/settings/${id}`,
    label: t(`section.${id}`),
    icon,
  });
  const groups: SectionGroup[] = [
    {
      id: "you",
      label: t("group.you"),
      sections: [section("security", ShieldCheck), section("notifications", BellRing), section("deliveries", Send)],
    },
    {
      id: "workspace",
      label: t("group.workspace"),
      sections: [
        ...(may("auth:read") ? [section("team", Users)] : []),
        ...(may("chats:read") ? [section("crm", Users)] : []),
        ...(may("auth:read") ? [section("keys", KeyRound)] : []),
        ...(may("chats:read") ? [section("webhooks", Webhook), section("automations", Workflow)] : []),
        ...(may("auth:read") ? [section("retention", Archive), section("audit", ScrollText)] : []),
      ],
    },
  ];
  return groups.filter((group) => group.sections.length > 0);
}

const useSettingsDestination = () => ({ label: useTranslations("shell")("settings") });

function useSectionCommands() {
  const t = useTranslations("settings");
  const router = useRouter();
  return useSections().flatMap((group) =>
    group.sections.map(({ id, href, label, icon }) => ({
      id: `settings-${id}`,
      group: "everywhere",
      label: t("goTo", { section: label }),
      icon,
      run: () => router.push(href),
    })),
  );
}

registerDestination({ path: "/settings", icon: SlidersHorizontal, read: useSettingsDestination });
registerCommands({ id: "settings", read: useSectionCommands });
