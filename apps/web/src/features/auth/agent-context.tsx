"use client";

import type { Me } from "@pult/api/auth/schema.ts";
import { createContext, useContext } from "react";

export const AgentContext = createContext<Me | null>(null);

/** The signed-in agent, inside the dashboard. */
export function useAgent(): Me {
  const agent = useContext(AgentContext);
  if (!agent) throw new Error("useAgent outside of the dashboard");
  return agent;
}
