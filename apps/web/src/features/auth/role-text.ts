"use client";

import { ROLES } from "@pult/api/auth/schema.ts";
import { useTranslations } from "next-intl";

/** A role as it is called here: the documented ones translated, a custom one by its own name. */
export function useRoleText() {
  const t = useTranslations("shell.role");
  return ({ roleName }: { roleName: string }): string => {
    const documented = ROLES.find((role) => role === roleName);
    return documented ? t(documented) : roleName;
  };
}
