import { useQuery } from "@tanstack/react-query";
import { useTRPC } from "../../../trpc/provider.tsx";
import { useMay } from "../../auth/agent-context.tsx";
import type { Mentionable } from "./mentions.ts";

const NONE: readonly Mentionable[] = [];

/** The agents of the desk, by whom notes can be addressed. */
export function useAgents(isWanted = true): readonly Mentionable[] {
  const trpc = useTRPC();
  const mayRead = useMay()("support:read");
  return useQuery(trpc.support.agents.queryOptions(undefined, { enabled: mayRead && isWanted })).data?.agents ?? NONE;
}
