import type { Database, Transaction } from "@pult/db/database.ts";
import { apiKeys, oneTimeTokens, people } from "@pult/db/schema/auth.ts";
import { and, eq, gt, inArray, isNull, or, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { findAccount } from "../account/agent-account.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { holdsScope, includesRights, type Rights, rightsOfStaff, type Staff } from "../permissions.ts";
import type { Scope } from "../schema.ts";

/** Who made a link or a key. */
export interface Issuer {
  /** The agent, or the agent behind the key that did. Null for Pult itself, and for a key without an agent. */
  createdBy: string | null;
  /** The key that made it, if one did. */
  keyId: string | null;
}

/** The key of the environment has no row. */
export const BOOTSTRAP_ID = "bootstrap";

/** Who stands behind staff: what they make is theirs. */
export async function issuerOf(db: Database | Transaction, staff: Staff): Promise<Issuer> {
  if (staff.kind === "agent") return { createdBy: staff.personId, keyId: null };
  if (staff.kind === "system") return { createdBy: null, keyId: null };
  const { keyId } = staff;
  if (keyId === BOOTSTRAP_ID) return { createdBy: null, keyId };
  const [key] = await db.select({ createdBy: apiKeys.createdBy }).from(apiKeys).where(eq(apiKeys.id, keyId));
  return { createdBy: key?.createdBy ?? null, keyId };
}

/**
 * Whether an inviter still may invite. They are absent when the invitation is accepted, so rights they have lost since must not be granted.
 */
export async function canStillInvite(
  db: Database | Transaction,
  ctx: Pick<Context, "now" | "config">,
  { issuer, gives }: { issuer: Issuer; gives: Rights },
): Promise<boolean> {
  const held = await rightsOfIssuer(db, ctx, issuer);
  return held !== null && holdsScope(held.scopes, "auth:write") && includesRights(held, gives);
}

/**
 * The issuer, read behind the team lock: a deactivation or reduction of rights that commits later revokes what was issued.
 * @throws DomainError `UNAUTHORIZED` when the account was deactivated or the key revoked since authentication, `FORBIDDEN` when rights were
 * reduced
 */
export async function requireIssuer(tx: Transaction, ctx: Context, staff: Staff): Promise<Issuer> {
  const issuer = await issuerOf(tx, staff);
  if (staff.kind === "system") return issuer;
  const held = await rightsOfIssuer(tx, ctx, issuer);
  if (!held) throw requestError("signInRequired");
  if (!includesRights(held, rightsOfStaff(staff))) throw authError("rightsReduced");
  return issuer;
}

async function rightsOfIssuer(
  db: Database | Transaction,
  ctx: Pick<Context, "now" | "config">,
  { createdBy, keyId }: Issuer,
): Promise<Rights | null> {
  if (keyId !== null) return rightsOfKey(db, ctx, keyId);
  return createdBy === null ? null : rightsOfAgent(db, createdBy);
}

const EVERYTHING: Rights = { scopes: ["*"], permissions: ["all"] };

/** @returns null for a deactivated or former agent */
async function rightsOfAgent(db: Database | Transaction, personId: string): Promise<Rights | null> {
  const account = await findAccount(db, personId);
  return account && !account.disabledAt ? account.rights : null;
}

/** @returns null for one that has ended */
async function rightsOfKey(
  db: Database | Transaction,
  { now, config }: Pick<Context, "now" | "config">,
  keyId: string,
): Promise<Rights | null> {
  if (keyId === BOOTSTRAP_ID) return config.adminKey ? EVERYTHING : null;
  const [key] = await db
    .select({ scopes: apiKeys.scopes })
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.id, keyId),
        isNull(apiKeys.revokedAt),
        or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now())),
      ),
    );
  return key ? { scopes: key.scopes as Scope[], permissions: [] } : null;
}

/**
 * Revokes the unused invitations and password reset links that a person, or a key, has issued. Each is recorded.
 */
export async function revokeIssued(
  tx: Transaction,
  ctx: Context,
  by: { personId: string } | { keyId: string },
): Promise<void> {
  const now = ctx.now();
  const made =
    "personId" in by ? eq(oneTimeTokens.createdBy, by.personId) : sql`${oneTimeTokens.data}->>'keyId' = ${by.keyId}`;
  const links = await tx
    .update(oneTimeTokens)
    .set({ usedAt: now })
    .where(
      and(
        inArray(oneTimeTokens.purpose, ["invitation", "passwordReset"]),
        isNull(oneTimeTokens.usedAt),
        gt(oneTimeTokens.expiresAt, now),
        made,
      ),
    )
    .returning();
  for (const link of links) {
    if (link.purpose === "invitation")
      await recordRevokedInvitation(tx, ctx, { id: link.id, ...(link.data as { email: string }) });
    else if (link.personId) await recordResetWithdrawn(tx, ctx, link.personId);
  }
}

/** An invitation that can no longer be accepted. */
export const recordRevokedInvitation = (tx: Transaction, ctx: Context, { id, email }: { id: string; email: string }) =>
  recordAudit(tx, ctx, { action: "auth.invitationRevoked", target: { kind: "invitation", id, name: email } });

async function recordResetWithdrawn(tx: Transaction, ctx: Context, personId: string): Promise<void> {
  const [person] = await tx.select({ name: people.name }).from(people).where(eq(people.id, personId));
  const target = { kind: "person", id: personId, name: person?.name ?? null };
  await recordAudit(tx, ctx, { action: "auth.resetLinkWithdrawn", target });
}
