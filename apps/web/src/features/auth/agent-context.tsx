import type { Me, Scope } from "@pult/api/auth/schema.ts";
import { useQuery } from "@tanstack/react-query";
import { Lock } from "lucide-react";
import { useFormatter, useTranslations } from "next-intl";
import { type ComponentType, createContext, useContext } from "react";
import { useTRPC } from "../../trpc/provider.tsx";
import { EmptyState } from "../../ui/empty-state.tsx";

const MAX_NAMED = 3;

/** Administrators by name, where the reader may list colleagues. */
export function useAdmins(): string[] {
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
export function allowed(scope: Scope, Page: ComponentType): ComponentType {
  return function Allowed() {
    return useMay()(scope) ? <Page /> : <Refused />;
  };
}

/** Whether an actor holds a scope; `write` includes `read`, `*` everything. The server decides; screens leave out what it would refuse. */
export function holdsScope(held: readonly Scope[], wanted: Scope): boolean {
  if (held.includes("*") || held.includes(wanted)) return true;
  return wanted.endsWith(":read") && held.some((scope) => scope === wanted.replace(":read", ":write"));
}

/** What the signed-in agent may do, by scope; changes while the page is open when their role does. */
export function useMay(): (scope: Scope) => boolean {
  const { scopes } = useAgent();
  return (scope) => holdsScope(scopes, scope);
}

/** The signed-in agent. Signed out, the provider leads to the sign-in page. */
export function useMe() {
  const trpc = useTRPC();
  return useQuery(trpc.auth.me.queryOptions(undefined, { staleTime: Number.POSITIVE_INFINITY }));
}

export const AgentContext = createContext<Me | null>(null);

/** The signed-in agent, inside the dashboard. */
export function useAgent(): Me {
  const agent = useContext(AgentContext);
  if (!agent) throw new Error("useAgent outside of the dashboard");
  return agent;
}
