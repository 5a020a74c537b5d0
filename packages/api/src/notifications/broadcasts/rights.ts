import { holdsPermission, nameOfStaff, requireStaff } from "../../auth/permissions.ts";
import type { Context } from "../../context.ts";
import { selectRole } from "../../people/roles.ts";
import { notificationsError } from "../errors.ts";

/**
 * Admins, keys with the scope, and users of the Mini App who have shown who they are and hold the permission `all`.
 * @returns the name that records carry
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`
 */
export async function requireBroadcaster(ctx: Context): Promise<string> {
  const { actor, db } = ctx;
  if (actor.kind === "customer") {
    const role = actor.proof && actor.namespace === "telegram" ? await selectRole(db, actor) : null;
    if (!role || !holdsPermission(role.rights.permissions, "all")) throw notificationsError("adminsOnly");
    return actor.name ?? actor.externalId;
  }
  const staff = requireStaff(actor, "notifications:write");
  if (staff.kind === "agent" && !holdsPermission(staff.permissions, "all")) throw notificationsError("adminsOnly");
  return nameOfStaff(staff).name;
}
