"use client";

import type { Scope } from "@pult/api/auth/schema.ts";
import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import type { ReactNode } from "react";
import { useTRPC } from "../../trpc/provider.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";
import { useAgent } from "./agent-context.tsx";
import { useMay } from "./use-may.ts";

const MAX_NAMED = 3;

/** Administrators by name, where the reader may know his colleagues. */
function useAdmins(): string[] {
  const trpc = useTRPC();
  const may = useMay();
  const { data } = useQuery(trpc.support.agents.queryOptions(undefined, { enabled: may("support:read") }));
  return (data?.agents ?? []).filter(({ role }) => role === "Admin").map(({ name }) => name);
}

function Refused() {
  const t = useTranslations("allowed");
  const format = useFormatter();
  const { roleName } = useAgent();
  const admins = useAdmins().slice(0, MAX_NAMED);
  const names = format.list(admins, { type: "disjunction" });
  return (
    <EmptyState
      icon={Lock}
      title={t("title", { role: roleName })}
      hint={admins.length > 0 ? t("askNamed", { names }) : t("ask")}
    />
  );
}

/** A page for those who hold a scope; the others read who can give it to them. */
export function Allowed({ scope, children }: { scope: Scope; children: ReactNode }) {
  return useMay()(scope) ? children : <Refused />;
}
