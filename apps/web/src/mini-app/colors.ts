import { parseTheme, type Theme } from "../theme/theme.ts";
import { stored } from "./stored.ts";
import type { TelegramClient } from "./telegram/client.ts";

const KEY = "theme";

/** The colours that the customer has chosen; null for those of their Telegram. */
export const chosenColors = (): Theme => parseTheme(stored(KEY));

/** Shows what was chosen here, and what Telegram's cloud has of the customer's other devices. */
export function startColors(telegram: TelegramClient): void {
  telegram.setColors(chosenColors());
  telegram.readCloud(KEY, (kept) => telegram.setColors(parseTheme(stored(KEY, kept))));
}

export function chooseColors(telegram: TelegramClient, theme: Theme): void {
  const value = stored(KEY, theme ?? "auto");
  telegram.keepInCloud(KEY, value);
  telegram.setColors(theme);
}
