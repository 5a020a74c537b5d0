import type { Database, Transaction } from "@pult/db/database.ts";
import { credentials, customRoles, identities, people } from "@pult/db/schema/auth.ts";
import { and, eq, sql } from "drizzle-orm";
import { recordAudit } from "../auth/audit.ts";
import { publishRightsChanged } from "../auth/events.ts";
import { type ResolvedRole, requireHeldRights, requireStaff, resolveRole, rightsOf } from "../auth/permissions.ts";
import type { Role } from "../auth/schema.ts";
import type { Context } from "../context.ts";
import type { Bus } from "../realtime/bus.ts";
import { peopleError } from "./errors.ts";
import { selectMergedIds } from "./find.ts";
import { ensureIdentity, findPersonId } from "./identities.ts";
import type { IdentityRef } from "./schema.ts";

/**
 * Gives the person behind this identity a role; an identity that was not seen before gets a person. The role counts once the identity is
 * proven, and at once on open sockets.
 * @param granted null takes the role back: the person is a User from now on
 * @returns the person
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for a role that the caller does not hold, `NOT_FOUND` where a role is taken back from an
 * identity that was not seen yet, `CONFLICT` for agents
 */
export async function changeRole(ctx: Context, ref: IdentityRef, granted: Role | null): Promise<{ personId: string }> {
  const staff = requireStaff(ctx.actor, "auth:write");
  const role = granted ?? "User";
  requireHeldRights(staff, rightsOf(role));
  if (ref.namespace === "agent") throw agentsElsewhere();
  const { personId, notified } = await ctx.db.transaction(async (tx) => {
    await lockPeople(tx);
    if (granted) await ensureIdentity(tx, ref);
    const before = await lockPersonOf(tx, ref);
    const { id } = before;
    if (before.isAgent) throw agentsElsewhere();
    requireHeldRights(staff, before.rights);
    if (before.role === role && before.customRoleId === null) return { personId: id, notified: [] };
    await tx.update(people).set({ role, customRoleId: null }).where(eq(people.id, id));
    await recordAudit(tx, ctx, {
      action: granted ? "auth.roleGranted" : "auth.roleRevoked",
      target: { kind: "person", id },
      details: { role, before: before.roleName, namespace: ref.namespace },
    });
    return { personId: id, notified: await selectMergedIds(tx, id) };
  });
  publishAllRightsChanged(ctx.bus, personId, notified);
  return { personId };
}

const agentsElsewhere = () => peopleError("roleOfAgent");

/** What the person behind an identity may do; null for one that was not seen yet. A deactivated agent is a user like any other. */
export async function selectRole(db: Database, { namespace, externalId }: IdentityRef): Promise<ResolvedRole | null> {
  const [row] = await db
    .select({ role: people.role, customRole: customRoles, disabledAt: credentials.disabledAt })
    .from(identities)
    .innerJoin(people, eq(people.id, identities.personId))
    .leftJoin(customRoles, eq(customRoles.id, people.customRoleId))
    .leftJoin(credentials, eq(credentials.personId, people.id))
    .where(and(eq(identities.namespace, namespace), eq(identities.externalId, externalId)));
  return row ? resolveRole(row.disabledAt ? { role: "User", customRole: null } : row) : null;
}

/** Sockets of merged people may still listen by their former ids. */
export function publishAllRightsChanged(bus: Bus, personId: string, others: readonly string[] = []): void {
  for (const id of new Set([personId, ...others])) publishRightsChanged(bus, id);
}

/**
 * Serializes everything that changes which identities belong to whom: the person found by an identity is then still the one that gets
 * locked. Readers and writers of messages do not wait for it.
 */
export async function lockPeople(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('auth.people', 0))`);
}

export interface LockedPerson extends ResolvedRole {
  id: string;
  name: string;
  isAgent: boolean;
  mergedIntoId: string | null;
}

/** The person behind an identity. @throws DomainError `NOT_FOUND` */
export async function lockPersonOf(tx: Transaction, ref: IdentityRef): Promise<LockedPerson> {
  const id = await findPersonId(tx, ref);
  if (!id) throw peopleError("identityNotFound", { namespace: ref.namespace, externalId: ref.externalId });
  return lockPerson(tx, id);
}

/** Locked until the transaction ends, but not against rows that only refer to the person. @throws DomainError `NOT_FOUND` */
export async function lockPerson(tx: Transaction, personId: string): Promise<LockedPerson> {
  const [person] = await tx.select().from(people).where(eq(people.id, personId)).for("no key update");
  if (!person) throw peopleError("notFound");
  const [customRole = null] = person.customRoleId
    ? await tx.select().from(customRoles).where(eq(customRoles.id, person.customRoleId))
    : [];
  const [credential] = await tx
    .select({ id: credentials.personId })
    .from(credentials)
    .where(eq(credentials.personId, personId));
  return {
    ...resolveRole({ role: person.role, customRole }),
    id: person.id,
    name: person.name,
    isAgent: credential !== undefined,
    mergedIntoId: person.mergedIntoId,
  };
}
