"use client";

import { Moon, Sun } from "lucide-react";
import { useTranslations } from "next-intl";
import { useTheme } from "../../theme/use-theme.ts";
import { Icon } from "../../ui/icon.tsx";

export function ThemeRow() {
  const t = useTranslations("preferences");
  const { shown, toggle } = useTheme();
  const label = t(shown === "dark" ? "themeToLight" : "themeToDark");
  return (
    <button
      type="button"
      onClick={toggle}
      title={label}
      className="flex h-8 items-center gap-2.5 rounded-2 px-2 text-fg-2 hover:bg-surface-3 max-lg:justify-center"
    >
      <Icon of={shown === "dark" ? Sun : Moon} />
      <span className="truncate max-lg:sr-only">{label}</span>
    </button>
  );
}
