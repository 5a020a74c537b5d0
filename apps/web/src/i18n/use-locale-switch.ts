import { useRouter } from "next/navigation";
import { startTransition } from "react";
import { writeCookie } from "../ui/cookie.ts";
import { LOCALE_COOKIE, type Locale } from "./locale.ts";

/** Keeps the choice for a year and renders the page again in the new language, without losing its state. */
export function useLocaleSwitch() {
  const router = useRouter();
  return (locale: Locale) => {
    writeCookie(LOCALE_COOKIE, locale);
    startTransition(() => router.refresh());
  };
}
