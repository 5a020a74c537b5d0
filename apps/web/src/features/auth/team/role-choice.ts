import type { Role, Scope } from "@pult/api/auth/schema.ts";
import type { RoleChoice, RoleEntry } from "@pult/api/auth/team/schema.ts";
import { holdsScope } from "../agent-context.tsx";

/** One value for both kinds of role, for menus and lists of choices. */
export const roleKey = ({ id, name }: Pick<RoleEntry, "id" | "name">): string => id ?? name;

/** The same for a member who has the role. */
export const keyOfHolder = (holder: { role: string; customRoleId: string | null }): string =>
  holder.customRoleId ?? holder.role;

/** What the API takes for a role; null for one that is not there. */
export function choiceOf(entry: Pick<RoleEntry, "id" | "name"> | undefined): RoleChoice | null {
  if (!entry) return null;
  // Without an id it is one of the documented four.
  return entry.id === null ? { role: entry.name as Role } : { customRoleId: entry.id };
}

/** An agent can grant or revoke only the scopes they hold. */
export const mayHandOut = (held: readonly Scope[], entry: Pick<RoleEntry, "scopes">): boolean =>
  entry.scopes.every((scope) => holdsScope(held, scope));
