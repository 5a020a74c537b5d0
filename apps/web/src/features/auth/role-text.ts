import type { Role, Scope } from "@pult/api/auth/schema.ts";
import type { RoleEntry } from "@pult/api/auth/team/schema.ts";
import type { SCOPE_DOMAINS } from "@pult/api/domains.ts";
import { useTranslations } from "next-intl";

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

/** A role as it is called here: the documented ones translated, a custom one by its own name. */
export function useRoleText() {
  const t = useTranslations("shell.role");
  return ({ roleName }: { roleName: string }): string => {
    const documented = roleName as Role;
    return t.has(documented) ? t(documented) : roleName;
  };
}
