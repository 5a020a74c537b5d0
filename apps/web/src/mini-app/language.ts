import { createContext, useEffect, useState } from "react";
import { isLocale, type Locale } from "../i18n/locale.ts";
import type { TelegramClient } from "./telegram/client.ts";

const KEY = "locale";
const STORED = `pult.miniApp.${KEY}`;

type LanguageChoice = {
  /** Null for the language of the customer's Telegram or browser. */
  chosen: Locale | null;
  choose: (locale: Locale | null) => void;
};

export const LanguageContext = createContext<LanguageChoice>({ chosen: null, choose: () => {} });

function stored(value?: string): string {
  try {
    if (value !== undefined) localStorage.setItem(STORED, value);
    return localStorage.getItem(STORED) ?? "";
  } catch {
    // A browser that keeps nothing: Telegram does, or the choice lives as long as the page.
    return value ?? "";
  }
}

/** Kept in the browser, where the next start finds it at once, and in Telegram's cloud, for the customer's other devices. */
export function useLanguageChoice(telegram: TelegramClient | null): LanguageChoice {
  const [value, setValue] = useState("");
  useEffect(() => {
    setValue(stored());
    telegram?.readCloud(KEY, (kept) => setValue(stored(kept)));
  }, [telegram]);
  return {
    chosen: isLocale(value) ? value : null,
    choose(locale) {
      const value = locale ?? "auto";
      setValue(stored(value));
      telegram?.keepInCloud(KEY, value);
    },
  };
}
