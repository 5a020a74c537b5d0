"use client";

import { useLocale, useTranslations } from "next-intl";
import { regionOf } from "../../i18n/region.ts";
import type { Failure } from "../../trpc/failure.ts";
import { refusalOf } from "./refusals.ts";

/** A failure in the reader's language. */
export function useFailureText() {
  const t = useTranslations("errors");
  const locale = useLocale();
  return (failure: Failure): string => {
    const refusal = refusalOf(failure);
    if (refusal) return t(`refusal.${refusal}`);
    switch (failure.kind) {
      case "rateLimited":
        return t("rateLimited", { seconds: failure.retryAfterSeconds ?? 0 });
      case "invalid":
        return t("invalid", { detail: failure.detail ?? "" });
      case "server":
        return t("server", { time: new Date().toLocaleTimeString(regionOf(locale)) });
      default:
        return t(failure.kind);
    }
  };
}
