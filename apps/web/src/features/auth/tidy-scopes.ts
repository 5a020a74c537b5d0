import { SCOPE_DOMAINS, type Scope } from "@pult/api/auth/schema.ts";

/** Scopes in the order of the product's domains, and none that another one includes. */
export function tidyScopes(scopes: readonly Scope[]): Scope[] {
  if (scopes.includes("*")) return ["*"];
  return SCOPE_DOMAINS.flatMap((domain): Scope[] => {
    if (scopes.includes(`${domain}:write`)) return [`${domain}:write`];
    return scopes.includes(`${domain}:read`) ? [`${domain}:read`] : [];
  });
}
