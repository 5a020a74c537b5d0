import type { Transaction } from "@pult/db/database.ts";
import { credentials, customRoles, people } from "@pult/db/schema/auth.ts";
import { and, count, eq, ne, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { publishRightsChanged } from "../events.ts";
import { includesRights, type Rights, requireHeldRights, requireStaff, rightsOf, type Staff } from "../permissions.ts";
import { ROLES } from "../schema.ts";
import { isRoleInvited } from "./invitations.ts";
import { revokeIssued } from "./issued-links.ts";
import { lockTeam } from "./rights.ts";
import type { CreateRoleInput, RoleEntry, UpdateRoleInput } from "./schema.ts";

/** The documented roles, then custom ones by name, with how many agents have each. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listRoles(ctx: Context): Promise<RoleEntry[]> {
  requireStaff(ctx.actor, "auth:read");
  const counts = await ctx.db
    .select({ role: people.role, customRoleId: people.customRoleId, members: count() })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .groupBy(people.role, people.customRoleId);
  const custom = await ctx.db.select().from(customRoles).orderBy(customRoles.name);
  const builtIn = ROLES.map((name) => ({
    id: null,
    name,
    builtIn: true,
    ...rightsOf(name),
    members: counts.find((one) => one.customRoleId === null && one.role === name)?.members ?? 0,
  }));
  const named = custom.map(({ id, name, permissions, scopes }) => ({
    id,
    name,
    builtIn: false,
    ...({ permissions, scopes } as Rights),
    members: counts.filter((one) => one.customRoleId === id).reduce((sum, one) => sum + one.members, 0),
  }));
  return [...builtIn, ...named];
}

/**
 * Names a new role.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for more than the caller holds, `CONFLICT` for a name that is taken, in any case
 */
export async function createRole(ctx: Context, input: CreateRoleInput): Promise<{ id: string }> {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireHeldRights(staff, input);
  return ctx.db.transaction(async (tx) => {
    await lockTeam(tx);
    await requireFreeName(tx, input.name);
    const [row] = await tx.insert(customRoles).values(unrepeated(input)).returning({ id: customRoles.id });
    if (!row) throw new Error("The role was not stored");
    const target = { kind: "role", id: row.id, name: input.name };
    await recordAudit(tx, ctx, { action: "auth.roleCreated", target, details: unrepeated(input) });
    return row;
  });
}

/**
 * Changes a role; it applies at once to every agent who has it. If it loses rights, their invitations and reset links are revoked.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for more than the caller holds, before or after; `NOT_FOUND`, `CONFLICT`
 */
export async function updateRole(ctx: Context, input: UpdateRoleInput): Promise<void> {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireHeldRights(staff, input);
  const { id, name } = input;
  const members = await ctx.db.transaction(async (tx) => {
    await lockTeam(tx);
    const former = await findChangeable(tx, staff, id);
    await requireFreeName(tx, name, id);
    await tx.update(customRoles).set(unrepeated(input)).where(eq(customRoles.id, id));
    const from = { name: former.name, permissions: former.permissions, scopes: former.scopes };
    const target = { kind: "role", id, name };
    await recordAudit(tx, ctx, { action: "auth.roleUpdated", target, details: { from, to: unrepeated(input) } });
    const holders = await tx.select({ id: people.id }).from(people).where(eq(people.customRoleId, id));
    if (!includesRights(input, former))
      for (const holder of holders) await revokeIssued(tx, ctx, { personId: holder.id });
    return holders;
  });
  for (const member of members) publishRightsChanged(ctx.bus, member.id);
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` while an agent has the role, or is invited to it */
export async function removeRole(ctx: Context, { id }: { id: string }): Promise<void> {
  const staff = requireStaff(ctx.actor, "auth:write");
  await ctx.db.transaction(async (tx) => {
    await lockTeam(tx);
    const { name } = await findChangeable(tx, staff, id);
    if ((await tx.$count(people, eq(people.customRoleId, id))) > 0) throw authError("roleHeld");
    if (await isRoleInvited(tx, id, ctx.now())) throw authError("roleInvited");
    await tx.delete(customRoles).where(eq(customRoles.id, id));
    await recordAudit(tx, ctx, { action: "auth.roleRemoved", target: { kind: "role", id, name } });
  });
}

async function findChangeable(tx: Transaction, staff: Staff, id: string) {
  const [role] = await tx.select().from(customRoles).where(eq(customRoles.id, id));
  if (!role) throw authError("roleNotFound");
  const { permissions, scopes } = role as Rights;
  requireHeldRights(staff, { permissions, scopes });
  return { ...role, permissions, scopes };
}

async function requireFreeName(tx: Transaction, name: string, ownId?: string): Promise<void> {
  const isDocumented = ROLES.some((role) => role.toLowerCase() === name.toLowerCase());
  const [same] = await tx
    .select({ id: customRoles.id })
    .from(customRoles)
    .where(
      and(
        eq(sql`lower(${customRoles.name})`, sql`lower(${name})`),
        ownId === undefined ? undefined : ne(customRoles.id, ownId),
      ),
    );
  if (isDocumented || same) throw authError("roleNameTaken");
}

const unrepeated = ({ name, permissions, scopes }: CreateRoleInput) => ({
  name,
  permissions: [...new Set(permissions)],
  scopes: [...new Set(scopes)],
});
