import { createContext, useEffect, useState } from "react";
import { isLocale, type Locale } from "../i18n/locale.ts";
import { stored } from "./stored.ts";
import type { TelegramClient } from "./telegram/client.ts";

const KEY = "locale";

type LanguageChoice = {
  /** Null for the language of the customer's Telegram or browser. */
  chosen: Locale | null;
  choose: (locale: Locale | null) => void;
};

export const LanguageContext = createContext<LanguageChoice>({ chosen: null, choose: () => {} });

/** Kept in the browser, where the next start finds it at once, and in Telegram's cloud, for the customer's other devices. */
export function useLanguageChoice(telegram: TelegramClient | null): LanguageChoice {
  const [value, setValue] = useState("");
  useEffect(() => {
    setValue(stored(KEY));
    telegram?.readCloud(KEY, (kept) => setValue(stored(KEY, kept)));
  }, [telegram]);
  return {
    chosen: isLocale(value) ? value : null,
    choose(locale) {
      const value = locale ?? "auto";
      setValue(stored(KEY, value));
      telegram?.keepInCloud(KEY, value);
    },
  };
}
