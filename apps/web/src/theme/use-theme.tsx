import { Moon, Sun } from "lucide-react";
import { useTranslations } from "next-intl";
import { useSyncExternalStore } from "react";
import { writeCookie } from "../ui/cookie.ts";
import { IconButton } from "../ui/icon-button.tsx";
import { parseTheme, THEME_COOKIE, type Theme } from "./theme.ts";

const listeners = new Set<() => void>();

function subscribe(listener: () => void) {
  const query = matchMedia("(prefers-color-scheme: dark)");
  listeners.add(listener);
  query.addEventListener("change", listener);
  return () => {
    listeners.delete(listener);
    query.removeEventListener("change", listener);
  };
}

const chosenTheme = () => parseTheme(document.documentElement.dataset.theme);
const shownTheme = () =>
  chosenTheme() ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : ("light" as const));

/** Chooses a theme for this browser; `null` goes back to the system's. */
export function setTheme(theme: Theme) {
  if (theme) document.documentElement.dataset.theme = theme;
  else delete document.documentElement.dataset.theme;
  writeCookie(THEME_COOKIE, theme);
  for (const listener of listeners) listener();
}

/** The chosen theme and the shown one. The server does not know the system's, so it renders light. */
export function useTheme() {
  const chosen = useSyncExternalStore(subscribe, chosenTheme, () => null);
  const shown = useSyncExternalStore(subscribe, shownTheme, () => "light" as const);
  return { chosen, shown };
}

/** The way to the other theme. */
export function useThemeToggle() {
  const t = useTranslations("preferences");
  const isDark = useTheme().shown === "dark";
  return {
    icon: isDark ? Sun : Moon,
    label: t(isDark ? "themeToLight" : "themeToDark"),
    toggle: () => setTheme(isDark ? "light" : "dark"),
  };
}

export function ThemeButton() {
  const { icon, label, toggle } = useThemeToggle();
  return <IconButton icon={icon} label={label} onClick={toggle} />;
}
