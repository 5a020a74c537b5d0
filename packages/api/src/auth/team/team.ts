import type { Transaction } from "@pult/db/database.ts";
import { credentials, people, sessions } from "@pult/db/schema/auth.ts";
import { and, eq, isNull, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { DomainError } from "../../errors.ts";
import { tellRightsChanged } from "../events.ts";
import { requireStaff } from "../permissions.ts";
import type { Role } from "../schema.ts";
import type { TeamMember } from "./schema.ts";

/** Every agent who can sign in, by name. */
export async function listAgents(ctx: Context): Promise<{ id: string; name: string; role: Role }[]> {
  const rows = await ctx.db
    .select({ id: people.id, name: people.name, role: people.role })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .where(isNull(credentials.disabledAt))
    .orderBy(people.name);
  return rows.map((row) => ({ ...row, role: row.role as Role }));
}

/** Everybody who is or was an agent, by name. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listTeam(ctx: Context): Promise<TeamMember[]> {
  requireStaff(ctx.actor, "auth:read");
  const rows = await ctx.db
    .select({ id: people.id, name: people.name, role: people.role, credential: credentials })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .orderBy(people.name, people.id);
  return rows.map(({ id, name, role, credential }) => ({
    id,
    name,
    role: role as Role,
    email: credential.email,
    createdAt: credential.createdAt.toISOString(),
    disabledAt: credential.disabledAt?.toISOString() ?? null,
    isOnline: ctx.presence.isOnline(`agent:${id}`),
  }));
}

/**
 * Gives an agent another role; it holds at once, also on sockets that are open.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` when nobody would be left to administer
 */
export async function setRole(ctx: Context, { personId, role }: { personId: string; role: Role }): Promise<void> {
  requireStaff(ctx.actor, "auth:write");
  await ctx.db.transaction(async (tx) => {
    await lockTeam(tx, personId);
    await tx.update(people).set({ role }).where(eq(people.id, personId));
    await requireAnAdmin(tx);
  });
  tellRightsChanged(ctx.bus, personId);
}

/**
 * Keeps an agent out, or lets him in again. Kept out, his sessions end and his sockets are closed.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` when nobody would be left to administer
 */
export async function setDisabled(
  ctx: Context,
  { personId, disabled }: { personId: string; disabled: boolean },
): Promise<void> {
  requireStaff(ctx.actor, "auth:write");
  await ctx.db.transaction(async (tx) => {
    await lockTeam(tx, personId);
    const disabledAt = disabled ? ctx.now() : null;
    await tx.update(credentials).set({ disabledAt }).where(eq(credentials.personId, personId));
    if (!disabled) return;
    await requireAnAdmin(tx);
    await tx
      .update(sessions)
      .set({ revokedAt: ctx.now() })
      .where(and(eq(sessions.personId, personId), isNull(sessions.revokedAt)));
  });
  tellRightsChanged(ctx.bus, personId);
}

/** Changes to the team wait for each other, so that two Admins who demote each other at once do not both succeed. */
async function lockTeam(tx: Transaction, personId: string): Promise<void> {
  await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended('auth.team', 0))`);
  const [agent] = await tx
    .select({ id: credentials.personId })
    .from(credentials)
    .where(eq(credentials.personId, personId));
  if (!agent) throw new DomainError("NOT_FOUND", "No such agent");
}

async function requireAnAdmin(tx: Transaction): Promise<void> {
  const admins = await tx
    .select({ id: people.id })
    .from(people)
    .innerJoin(credentials, eq(credentials.personId, people.id))
    .where(and(eq(people.role, "Admin"), isNull(credentials.disabledAt)))
    .limit(1);
  if (admins.length === 0) throw new DomainError("CONFLICT", "The last Admin stays one");
}
