import type { Transaction } from "@pult/db/database.ts";
import { credentials, customRoles, people } from "@pult/db/schema/auth.ts";
import { eq, sql } from "drizzle-orm";
import { recordAudit } from "../auth/audit.ts";
import { tellRightsChanged } from "../auth/events.ts";
import { type ResolvedRole, requireHeldRights, requireStaff, resolveRole, rightsOf } from "../auth/permissions.ts";
import type { Role } from "../auth/schema.ts";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import type { Bus } from "../realtime/bus.ts";
import { ensureIdentity } from "./ensure-identity.ts";
import { findPersonId, selectMergedIds } from "./find.ts";
import type { GrantInput, IdentityRef } from "./schema.ts";

/**
 * Gives whoever is known by this identity a role; he is written down when he was not seen before. It counts once he has proven that he is
 * it, and at once on what he has open.
 * @returns whose role it is
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for a role that the caller does not hold, `CONFLICT` for agents
 */
export async function grantRole(ctx: Context, input: GrantInput): Promise<{ personId: string }> {
  return changeRole(ctx, input, input.role);
}

/**
 * Takes a role back: he is a User from now on.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` for an identity that was not seen yet, `CONFLICT` for agents
 */
export async function revokeRole(ctx: Context, input: IdentityRef): Promise<{ personId: string }> {
  return changeRole(ctx, input, null);
}

async function changeRole(ctx: Context, ref: IdentityRef, granted: Role | null): Promise<{ personId: string }> {
  const staff = requireStaff(ctx.actor, "auth:write");
  const role = granted ?? "User";
  requireHeldRights(staff, rightsOf(role));
  if (ref.namespace === "agent") throw agentsElsewhere();
  const { personId, told } = await ctx.db.transaction(async (tx) => {
    await takeTurn(tx);
    if (granted) await ensureIdentity(tx, ref);
    const before = await lockPersonOf(tx, ref);
    const { id } = before;
    if (before.isAgent) throw agentsElsewhere();
    requireHeldRights(staff, before.rights);
    if (before.role === role && before.customRoleId === null) return { personId: id, told: [] };
    await tx.update(people).set({ role, customRoleId: null }).where(eq(people.id, id));
    await recordAudit(tx, ctx, {
      action: granted ? "auth.roleGranted" : "auth.roleRevoked",
      target: { kind: "person", id },
      details: { role, before: before.roleName, namespace: ref.namespace },
    });
    return { personId: id, told: await selectMergedIds(tx, id) };
  });
  tellAllRightsChanged(ctx.bus, personId, told);
  return { personId };
}

const agentsElsewhere = () => new DomainError("CONFLICT", "He is an agent: his role is set in the team");

/** Sockets of people who have become part of somebody may still listen by their former id. */
export function tellAllRightsChanged(bus: Bus, personId: string, others: readonly string[] = []): void {
  for (const id of new Set([personId, ...others])) tellRightsChanged(bus, id);
}

/**
 * Whoever changes who is who takes turns with all who do: a person found by his identity is then still the one when he is locked. Nobody
 * waits for it who only reads or writes messages.
 */
export async function takeTurn(tx: Transaction): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('auth.people', 0))`);
}

export interface LockedPerson extends ResolvedRole {
  id: string;
  name: string;
  isAgent: boolean;
  mergedIntoId: string | null;
}

/** Whose identity it is. @throws DomainError `NOT_FOUND` */
export async function lockPersonOf(tx: Transaction, ref: IdentityRef): Promise<LockedPerson> {
  const id = await findPersonId(tx, ref);
  if (!id) throw new DomainError("NOT_FOUND", `Nobody is known as ${ref.namespace} ${ref.externalId}`);
  return lockPerson(tx, id);
}

/** Locked until the transaction ends; not against those who only refer to him. @throws DomainError `NOT_FOUND` */
export async function lockPerson(tx: Transaction, personId: string): Promise<LockedPerson> {
  const [person] = await tx.select().from(people).where(eq(people.id, personId)).for("no key update");
  if (!person) throw new DomainError("NOT_FOUND", "No such person");
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
