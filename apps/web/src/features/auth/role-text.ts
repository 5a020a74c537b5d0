"use client";

import type { Role } from "@pult/api/auth/schema.ts";
import { useTranslations } from "next-intl";

/** A role as it is called here: the documented ones translated, a custom one by its own name. */
export function useRoleText() {
  const t = useTranslations("shell.role");
  return ({ roleName }: { roleName: string }): string => {
    const documented = roleName as Role;
    return t.has(documented) ? t(documented) : roleName;
  };
}
