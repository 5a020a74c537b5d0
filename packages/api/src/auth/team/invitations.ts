import type { Database, Transaction } from "@pult/db/database.ts";
import { oneTimeTokens, people } from "@pult/db/schema/auth.ts";
import { and, desc, eq, gt, isNull, type SQL, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { DomainError } from "../../errors.ts";
import { withIsoDates } from "../../iso-dates.ts";
import { requireConfirmed } from "../account/confirm-session.ts";
import { createSession, type SignedIn } from "../account/create-session.ts";
import { hashPassword, refuseWeakPassword } from "../account/passwords.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { linkTo } from "../links.ts";
import { sendMail } from "../mail.ts";
import { issueOneTime, readOneTime, takeOneTime } from "../one-time.ts";
import { type ResolvedRole, requireHeldRights, requireStaff, type Staff } from "../permissions.ts";
import type { Role } from "../schema.ts";
import { addAgent, isTaken } from "./add-agent.ts";
import { canStillInvite, type Issuer, recordRevokedInvitation, requireIssuer } from "./issued-links.ts";
import { findRole, lockTeam } from "./rights.ts";
import type { AcceptInput, Invitation, Invited, InviteInput, OpenInvitation, RoleChoice } from "./schema.ts";

const DAY_MS = 24 * 60 * 60_000;
const INVITATION_MS = 7 * DAY_MS;

/** One that a key makes ends with it. */
function lifeOf(staff: Staff, now: Date): number {
  const end = staff.kind === "apiKey" ? staff.expiresAt : undefined;
  return end ? Math.min(end.getTime() - now.getTime(), INVITATION_MS) : INVITATION_MS;
}

/** What is kept of an invitation until it is accepted. */
interface Invitee {
  /** Lower case. */
  email: string;
  name: string | null;
  role: Role;
  customRoleId: string | null;
  /** The key that invites, if one does. */
  keyId: string | null;
}

const choiceOf = ({ role, customRoleId }: Invitee): RoleChoice => (customRoleId ? { customRoleId } : { role });

/**
 * Invites a person to become an agent. A pending invitation for the same e-mail is revoked. The link is mailed where mail is configured, and
 * returned to the caller, who may pass it on.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `CONFIRMATION_REQUIRED`, `NOT_FOUND` for an unknown role, `CONFLICT` when an agent has
 * the e-mail
 */
export async function invite(ctx: Context, input: InviteInput): Promise<Invited> {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireConfirmed(ctx);
  const email = input.email.toLowerCase();
  const now = ctx.now();
  const lifeMs = lifeOf(staff, now);
  const made = await ctx.db.transaction(async (tx) => {
    await lockTeam(tx);
    const { createdBy, keyId } = await requireIssuer(tx, ctx, staff);
    if (await isTaken(tx, email)) throw authError("emailTaken");
    const { role, customRoleId, roleName, rights } = await findRole(tx, input);
    requireHeldRights(staff, rights);
    for (const former of await waiting(tx, now, sql`${oneTimeTokens.data}->>'email' = ${email}`))
      await withdraw(tx, ctx, former);
    const data: Invitee = { email, name: input.name ?? null, role, customRoleId, keyId };
    const issued = await issueOneTime(tx, { purpose: "invitation", data, createdBy, now, lifeMs });
    const target = { kind: "invitation", id: issued.id, name: email };
    await recordAudit(tx, ctx, { action: "auth.invited", target, details: { role: roleName } });
    return issued;
  });
  const url = linkTo(ctx, "invitation", made.token);
  const invitedBy = staff.kind === "agent" ? staff.name : null;
  const languageCode = made.createdBy ? await languageOf(ctx.db, made.createdBy) : null;
  const days = Math.ceil(lifeMs / DAY_MS);
  const mailed = await sendMail(ctx, { email, languageCode }, { kind: "invitation", url, invitedBy, days });
  return { id: made.id, url, mailed, expiresAt: made.expiresAt.toISOString() };
}

/** The invited person's language is unknown; most likely their inviter's. */
async function languageOf(db: Database, personId: string): Promise<string | null> {
  const [person] = await db.select({ languageCode: people.languageCode }).from(people).where(eq(people.id, personId));
  return person?.languageCode ?? null;
}

/** Invitations that can still be accepted, newest first. */
async function waiting(db: Database | Transaction, now: Date, which?: SQL) {
  const rows = await db
    .select({ token: oneTimeTokens, inviter: people.name })
    .from(oneTimeTokens)
    .leftJoin(people, eq(people.id, oneTimeTokens.createdBy))
    .where(
      and(
        eq(oneTimeTokens.purpose, "invitation"),
        isNull(oneTimeTokens.usedAt),
        gt(oneTimeTokens.expiresAt, now),
        which,
      ),
    )
    .orderBy(desc(oneTimeTokens.createdAt), oneTimeTokens.id);
  const found = rows.map(async ({ token, inviter }) => {
    const invitee = token.data as Invitee;
    const issuer = issuerOfToken(token);
    return {
      ...token,
      invitee,
      issuer,
      /** Null when that role is gone. */
      gives: await roleOf(db, invitee),
      /** Null when it was not an agent. */
      invitedBy: issuer.keyId === null ? inviter : null,
    };
  });
  return Promise.all(found);
}
type Waiting = Awaited<ReturnType<typeof waiting>>[number];

/** Invitations of before keys were named in them have none. */
const issuerOfToken = ({ data, createdBy }: { data: unknown; createdBy: string | null }): Issuer => ({
  createdBy,
  keyId: (data as Partial<Invitee>).keyId ?? null,
});

const roleOf = (db: Database | Transaction, invitee: Invitee): Promise<ResolvedRole | null> =>
  findRole(db, choiceOf(invitee)).catch((error: unknown) => {
    if (error instanceof DomainError) return null;
    throw error;
  });

/** Invitations that wait, the newest first. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listInvitations(ctx: Context): Promise<Invitation[]> {
  requireStaff(ctx.actor, "auth:read");
  return (await waiting(ctx.db, ctx.now())).map(({ id, invitee, gives, invitedBy, createdAt, expiresAt }) => {
    const { email, name, role, customRoleId } = invitee;
    const shown = { id, email, name, role, customRoleId, invitedBy, createdAt, expiresAt };
    return { ...withIsoDates(shown), roleName: gives?.roleName ?? role };
  });
}

/** @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND` for one that does not wait (any more) */
export async function revokeInvitation(ctx: Context, { id }: { id: string }): Promise<void> {
  requireStaff(ctx.actor, "auth:write");
  await ctx.db.transaction(async (tx) => {
    await lockTeam(tx);
    const [found] = await waiting(tx, ctx.now(), eq(oneTimeTokens.id, id));
    if (!found) throw authError("invitationNotFound");
    await withdraw(tx, ctx, found);
  });
}

async function withdraw(tx: Transaction, ctx: Context, { id, invitee, gives }: Waiting): Promise<void> {
  const staff = requireStaff(ctx.actor, "auth:write");
  if (gives) requireHeldRights(staff, gives.rights);
  await tx.update(oneTimeTokens).set({ usedAt: ctx.now() }).where(eq(oneTimeTokens.id, id));
  await recordRevokedInvitation(tx, ctx, { id, email: invitee.email });
}

const staleLink = () => authError("invitationInvalid");

/**
 * What an invitation shows to its holder.
 * @throws DomainError `NOT_FOUND` for one that is wrong, used, withdrawn or too old, or whose issuer may no longer give what it gives
 */
export async function openInvitation(ctx: Context, { token }: { token: string }): Promise<OpenInvitation> {
  const now = ctx.now();
  const read = await readOneTime(ctx.db, { purpose: "invitation", token, now });
  const [found] = read ? await waiting(ctx.db, now, eq(oneTimeTokens.id, read.id)) : [];
  if (!found?.gives || !(await canStillInvite(ctx.db, ctx, { issuer: found.issuer, gives: found.gives.rights })))
    throw staleLink();
  const { invitee, gives, invitedBy, expiresAt } = found;
  const { email, name } = invitee;
  return { email, name, roleName: gives.roleName, invitedBy, expiresAt: expiresAt.toISOString() };
}

/**
 * Makes the invited person an agent and signs them in.
 * @throws DomainError `NOT_FOUND` for an invitation that is wrong, used, withdrawn or too old, whose role is gone, or whose issuer may no longer
 * give what it gives; `CONFLICT` when the e-mail is taken; `VALIDATION` for a weak password
 */
export async function acceptInvitation(ctx: Context, { token, name, password }: AcceptInput): Promise<SignedIn> {
  const { email } = await openInvitation(ctx, { token });
  refuseWeakPassword(password, email);
  const passwordHash = await hashPassword(password);
  return createSession(ctx, "invitation", async (tx) => {
    await lockTeam(tx);
    const taken = await takeOneTime(tx, { purpose: "invitation", token, now: ctx.now() });
    if (!taken) throw staleLink();
    const gives = await roleOf(tx, taken.data as Invitee);
    const issuer = issuerOfToken(taken);
    if (!gives || !(await canStillInvite(tx, ctx, { issuer, gives: gives.rights }))) throw staleLink();
    const { role, customRoleId, roleName } = gives;
    const person = await addAgent(tx, { email, name, role, customRoleId, passwordHash });
    await recordAudit(tx, ctx, {
      action: "auth.invitationAccepted",
      actor: { kind: "agent", id: person.personId, name },
      target: { kind: "invitation", id: taken.id, name: email },
      details: { role: roleName },
    });
    return person;
  });
}

/** Whether an invitation to this role waits. */
export async function isRoleInvited(tx: Transaction, customRoleId: string, now: Date): Promise<boolean> {
  return (await waiting(tx, now, sql`${oneTimeTokens.data}->>'customRoleId' = ${customRoleId}`)).length > 0;
}
