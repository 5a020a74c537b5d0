import type { Transaction } from "@pult/db/database.ts";
import { credentials, customRoles, passkeys, people, sessions } from "@pult/db/schema/auth.ts";
import { and, eq, isNull, max } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { why } from "../../outbox/why.ts";
import { AGENT_NAMESPACE, unsubscribe } from "../../push/subscriptions.ts";
import { type AgentAccount, findAccount, targetOf, updateAccount } from "../account/agent-account.ts";
import { requireConfirmed } from "../account/confirm-session.ts";
import { issueResetToken } from "../account/password.ts";
import { clearTotp } from "../account/second-factor.ts";
import { endSessions, publishSessionsEnded } from "../account/sessions.ts";
import { publishKeysChanged, revokeKeysOf } from "../api-keys.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { publishRightsChanged } from "../events.ts";
import { linkTo } from "../links.ts";
import { notifyByMail } from "../mail.ts";
import { includesRights, requireHeldRights, requireStaff, resolveRole, type Staff } from "../permissions.ts";
import type { Role } from "../schema.ts";
import { type Issuer, requireIssuer, revokeIssued } from "./issued-links.ts";
import { findRole, lockTeam } from "./rights.ts";
import type { MadeLink, RoleChoice, TeamMember } from "./schema.ts";

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

/** Every agent, current or former, by name. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listTeam(ctx: Context): Promise<TeamMember[]> {
  requireStaff(ctx.actor, "auth:read");
  const seen = ctx.db
    .select({ personId: sessions.personId, at: max(sessions.lastSeenAt).as("at") })
    .from(sessions)
    .where(eq(sessions.kind, "agent"))
    .groupBy(sessions.personId)
    .as("seen");
  const rows = await ctx.db
    .select({
      person: people,
      credential: credentials,
      customRole: customRoles,
      seenAt: seen.at,
      passkeys: ctx.db.$count(passkeys, eq(passkeys.personId, credentials.personId)),
    })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .leftJoin(customRoles, eq(customRoles.id, people.customRoleId))
    .leftJoin(seen, eq(seen.personId, credentials.personId))
    .orderBy(people.name, people.id);
  return rows.map(({ person, credential, customRole, seenAt, passkeys: count }) => {
    const { role, roleName, customRoleId } = resolveRole({ role: person.role, customRole });
    return {
      id: person.id,
      name: person.name,
      role,
      roleName,
      customRoleId,
      email: credential.email,
      createdAt: credential.createdAt.toISOString(),
      disabledAt: credential.disabledAt?.toISOString() ?? null,
      isOnline: ctx.presence.isOnline(`agent:${person.id}`),
      lastSeenAt: seenAt?.toISOString() ?? null,
      totpEnabled: credential.totpEnabledAt !== null,
      passkeys: Number(count),
    };
  });
}

/** Changes an agent whose rights the caller holds as well. */
function changeMember<Result>(
  ctx: Context,
  personId: string,
  change: (tx: Transaction, member: AgentAccount, by: { staff: Staff; issuer: Issuer }) => Promise<Result>,
): Promise<Result> {
  const staff = requireStaff(ctx.actor, "auth:write");
  return ctx.db.transaction(async (tx) => {
    await lockTeam(tx);
    const issuer = await requireIssuer(tx, ctx, staff);
    const member = await findAccount(tx, personId);
    if (!member) throw authError("agentNotFound");
    requireHeldRights(staff, member.rights);
    return change(tx, member, { staff, issuer });
  });
}

/**
 * Security settings of the own account are changed in the own profile, which asks for the password; an own key is no way around it.
 * @throws DomainError `FORBIDDEN`
 */
function refuseSelf({ createdBy }: Issuer, { personId }: AgentAccount): void {
  if (createdBy === personId) throw authError("ownAccount");
}

/**
 * Gives an agent another role; it applies at once, also to open sockets. If they lose rights by it, their invitations and reset links are
 * revoked.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`, `CONFLICT` when no Admin would be left
 */
export async function setRole(ctx: Context, input: { personId: string } & RoleChoice): Promise<void> {
  const { personId } = input;
  await changeMember(ctx, personId, async (tx, member, { staff }) => {
    const { role, customRoleId, roleName, rights } = await findRole(tx, input);
    requireHeldRights(staff, rights);
    await tx.update(people).set({ role, customRoleId }).where(eq(people.id, personId));
    await requireAnAdmin(tx);
    const details = { from: member.roleName, to: roleName };
    await recordAudit(tx, ctx, { action: "auth.roleChanged", target: targetOf(member), details });
    if (!includesRights(rights, member.rights)) await revokeIssued(tx, ctx, { personId });
  });
  publishRightsChanged(ctx.bus, personId);
}

const NOTHING_ENDED: { ended: string[]; keys: string[] } = { ended: [], keys: [] };

/**
 * Deactivates an agent, or reactivates them. Deactivation ends their sessions and devices, closes their sockets, and revokes their invitations, reset
 * links and API keys.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `CONFIRMATION_REQUIRED` for reactivation, `NOT_FOUND`, `CONFLICT` when no Admin would be
 * left
 */
export async function setDisabled(
  ctx: Context,
  { personId, disabled }: { personId: string; disabled: boolean },
): Promise<{ revokedKeys: number }> {
  const { ended, keys } = await changeMember(ctx, personId, async (tx, member) => {
    if (!disabled) requireConfirmed(ctx);
    if ((member.disabledAt !== null) === disabled) return NOTHING_ENDED;
    const now = ctx.now();
    await updateAccount(tx, personId, { disabledAt: disabled ? now : null });
    const action = disabled ? "auth.agentDisabled" : "auth.agentEnabled";
    await recordAudit(tx, ctx, { action, target: targetOf(member) });
    if (!disabled) return NOTHING_ENDED;
    await requireAnAdmin(tx);
    const keys = await revokeKeysOf(tx, ctx, personId);
    await revokeIssued(tx, ctx, { personId });
    await unsubscribe(tx, { personId, namespace: AGENT_NAMESPACE }, { now, reason: why("deactivated").reason });
    return { keys, ended: await endSessions(tx, { personId, now }) };
  });
  publishSessionsEnded(ctx.bus, ended);
  publishKeysChanged(ctx.bus, keys);
  publishRightsChanged(ctx.bus, personId);
  return { revokedKeys: keys.length };
}

/**
 * Ends everything that an agent has open.
 * @returns how many sessions have ended
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`
 */
export async function endSessionsOf(ctx: Context, { personId }: { personId: string }): Promise<number> {
  const ended = await changeMember(ctx, personId, async (tx, member) => {
    const ids = await endSessions(tx, { personId, now: ctx.now() });
    const details = { ended: ids.length };
    await recordAudit(tx, ctx, { action: "auth.sessionsEnded", target: targetOf(member), details });
    return ids;
  });
  publishSessionsEnded(ctx.bus, ended);
  return ended.length;
}

/**
 * A link by which an agent chooses a new password, to be passed on to them.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` also for the own account, `CONFIRMATION_REQUIRED`, `NOT_FOUND`, `CONFLICT` for a deactivated one
 */
export async function makeResetLink(ctx: Context, { personId }: { personId: string }): Promise<MadeLink> {
  return changeMember(ctx, personId, async (tx, member, { issuer }) => {
    refuseSelf(issuer, member);
    requireConfirmed(ctx);
    if (member.disabledAt) throw authError("agentDeactivated");
    const { token, expiresAt } = await issueResetToken(tx, { personId, issuer, now: ctx.now() });
    await recordAudit(tx, ctx, { action: "auth.resetLinkMade", target: targetOf(member) });
    return { url: linkTo(ctx, "reset", token), expiresAt: expiresAt.toISOString() };
  });
}

/**
 * Turns off the codes of an agent who has lost authenticator and backup codes. Their password alone signs them in then.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` also for the own account, `CONFIRMATION_REQUIRED`, `NOT_FOUND`, `CONFLICT` while they are off
 */
export async function disableTotpOf(ctx: Context, { personId }: { personId: string }): Promise<void> {
  const account = await changeMember(ctx, personId, async (tx, member, { issuer }) => {
    refuseSelf(issuer, member);
    requireConfirmed(ctx);
    if (!member.totpEnabledAt) throw authError("totpOff");
    await clearTotp(tx, personId);
    await recordAudit(tx, ctx, { action: "auth.totpDisabled", target: targetOf(member) });
    return member;
  });
  notifyByMail(ctx, account, { kind: "totpDisabled" });
}

async function requireAnAdmin(tx: Transaction): Promise<void> {
  const admins = await tx
    .select({ id: people.id })
    .from(people)
    .innerJoin(credentials, eq(credentials.personId, people.id))
    .where(and(eq(people.role, "Admin"), isNull(credentials.disabledAt)))
    .limit(1);
  if (admins.length === 0) throw authError("lastAdmin");
}
