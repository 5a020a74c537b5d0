"use client";

import type { SCOPE_DOMAINS, Scope } from "@pult/api/auth/schema.ts";
import { useTranslations } from "next-intl";

export type Domain = (typeof SCOPE_DOMAINS)[number];
export type Access = "read" | "write";

/** A scope in words: "Support: read". */
export function useScopeText() {
  const t = useTranslations("scopes");
  return (scope: Scope): string => {
    if (scope === "*") return t("everything");
    const [domain, access] = scope.split(":") as [Domain, Access];
    return t("of", { domain: t(`domain.${domain}`), access: t(access) });
  };
}
