"use client";

import type { RoleEntry } from "@pult/api/auth/team/schema.ts";
import { useTranslations } from "next-intl";
import { useScopeText } from "../scope-words.ts";

/** What a role lets its holder do, in one line. */
export function useRoleHint() {
  const t = useTranslations("team");
  const scopeText = useScopeText();
  return ({ scopes }: Pick<RoleEntry, "scopes">): string => {
    if (scopes.includes("*")) return t("mayAll");
    if (scopes.length === 0) return t("mayNothing");
    return scopes.map(scopeText).join(", ");
  };
}
