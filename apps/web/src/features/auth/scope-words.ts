"use client";

import { SCOPE_DOMAINS, type Scope } from "@pult/api/auth/schema.ts";
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

/** Scopes in the order of the product's domains, and none that another one includes. */
export function tidyScopes(scopes: readonly Scope[]): Scope[] {
  if (scopes.includes("*")) return ["*"];
  return SCOPE_DOMAINS.flatMap((domain): Scope[] => {
    if (scopes.includes(`${domain}:write`)) return [`${domain}:write`];
    return scopes.includes(`${domain}:read`) ? [`${domain}:read`] : [];
  });
}
