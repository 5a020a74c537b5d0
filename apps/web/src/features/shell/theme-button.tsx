"use client";

import { Moon, Sun } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTheme } from "../../theme/use-theme.ts";
import { IconButton } from "../../ui/icon-button.tsx";

export function ThemeButton() {
  const t = useTranslations("preferences");
  const { shown, toggle } = useTheme();
  const isDark = shown === "dark";
  return <IconButton icon={isDark ? Sun : Moon} label={t(isDark ? "themeToLight" : "themeToDark")} onClick={toggle} />;
}
