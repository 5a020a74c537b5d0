"use client";

import { SlidersHorizontal } from "lucide-react";
import { useRouter } from "next/navigation";
import { useTranslations } from "next-intl";
import { registerCommands, registerDestination } from "../shell/registry.ts";
import { useSections } from "./use-sections.ts";

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
