import type { Database, Transaction } from "@pult/db/database.ts";
import { eq, type SQL, sql } from "drizzle-orm";
import type { PgColumn } from "drizzle-orm/pg-core";
import type { Actor } from "../actor.ts";
import { holdsScope, requireStaff, type Staff } from "../auth/permissions.ts";
import type { Scope } from "../auth/schema.ts";
import { selectAgents } from "../auth/team/holders.ts";
import { INSTALLATION } from "../chats/access.ts";
import type { Context } from "../context.ts";

/** As whom webhooks and automations of a caller see accounts and act: an agent's as the agent, a key's as the installation. */
export const ownerOf = (staff: Staff): string => (staff.kind === "agent" ? `agent:${staff.personId}` : INSTALLATION);

/**
 * Which webhooks or automations a caller manages: agents their own; those who manage the team, and keys, all.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`
 */
export function managedBy({ actor }: Pick<Context, "actor">, scope: Scope, owner: PgColumn): SQL {
  const staff = requireStaff(actor, scope);
  const isOwnOnly = staff.kind === "agent" && !holdsScope(staff.scopes, "auth:write");
  return isOwnOnly ? eq(owner, ownerOf(staff)) : sql`true`;
}

const agentIdOf = (owner: string): string | null => /^agent:(.+)$/.exec(owner)?.[1] ?? null;

/** Whom an owner's webhooks and automations concern: the agent, or null. */
export const personOfOwner = agentIdOf;

/** No session of theirs ends. */
const NEVER = new Date(8_640_000_000_000_000);

/** Owners as actors; those of agents who cannot sign in any more, or may not read chats, are missing. */
export async function selectOwners(
  db: Database | Transaction,
  owners: readonly string[],
): Promise<Map<string, Extract<Actor, { kind: "agent" | "system" }>>> {
  const found = new Map<string, Extract<Actor, { kind: "agent" | "system" }>>();
  if (owners.includes(INSTALLATION)) found.set(INSTALLATION, { kind: "system" });
  const ids = owners.flatMap((owner) => agentIdOf(owner) ?? []);
  for (const { personId, name, email, role, roleName, rights } of await selectAgents(db, ids)) {
    if (!holdsScope(rights.scopes, "chats:read")) continue;
    const agent = { kind: "agent", personId, name, email, role, roleName, ...rights } as const;
    found.set(`agent:${personId}`, { ...agent, sessionId: "", expiresAt: NEVER });
  }
  return found;
}
