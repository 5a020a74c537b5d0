"use client";

import type { Scope } from "@pult/api/auth/schema.ts";
import { useAgent } from "./agent-context.tsx";

/** Whether somebody holds a scope; `write` includes `read`, `*` everything. The server decides; screens leave out what it would refuse. */
export function holdsScope(held: readonly Scope[], wanted: Scope): boolean {
  if (held.includes("*") || held.includes(wanted)) return true;
  return wanted.endsWith(":read") && held.some((scope) => scope === wanted.replace(":read", ":write"));
}

/** What the signed-in agent may do, by scope; changes while the page is open when his role does. */
export function useMay(): (scope: Scope) => boolean {
  const { scopes } = useAgent();
  return (scope) => holdsScope(scopes, scope);
}
