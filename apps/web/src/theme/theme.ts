export const THEMES = ["light", "dark"] as const;
/** `null` follows the system. */
export type Theme = (typeof THEMES)[number] | null;
/** A cookie, not local storage: the server writes `data-theme` itself, so there is no flash and no inline script. */
export const THEME_COOKIE = "theme";

export function parseTheme(value: string | undefined): Theme {
  return THEMES.find((theme) => theme === value) ?? null;
}
