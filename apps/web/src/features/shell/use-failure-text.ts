import { useLocale, useTranslations } from "next-intl";
import type { Locale } from "../../i18n/locale.ts";
import { regionOf } from "../../i18n/use-time-text.ts";
import { type Failure, toFailure } from "../../trpc/failure.ts";

/** By the key, or in general where this page does not know it: a newer server may refuse for more reasons. */
export const failureText =
  (t: ReturnType<typeof useTranslations<"errors">>, locale: Locale) =>
  ({ kind, key, params, retryAfterSeconds }: Failure): string => {
    if (key && t.has(key)) return t(key, params);
    switch (kind) {
      case "rateLimited":
        return t("rateLimited", { seconds: retryAfterSeconds ?? 0 });
      case "server":
        return t("server", { time: new Date().toLocaleTimeString(regionOf(locale)) });
      default:
        return t(kind);
    }
  };

export const useFailureText = () => failureText(useTranslations("errors"), useLocale());

/** What the error of a call means, in the reader's language; undefined without one. */
export function useErrorText() {
  const failureText = useFailureText();
  return (error: unknown): string | undefined => (error ? failureText(toFailure(error)) : undefined);
}
