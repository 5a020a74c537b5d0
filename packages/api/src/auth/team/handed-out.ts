import type { Database, Transaction } from "@pult/db/database.ts";
import { apiKeys, credentials, customRoles, oneTimeTokens, people } from "@pult/db/schema/auth.ts";
import { and, eq, gt, inArray, isNull, or, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { requestError } from "../../errors.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { holdsScope, includesRights, type Rights, resolveRole, rightsOfStaff, type Staff } from "../permissions.ts";
import type { Scope } from "../schema.ts";

/** Who made a link or a key. */
export interface Maker {
  /** The agent, or the one who made the key that did it. Null for Pult itself, and where nobody of the team stands behind the key. */
  createdBy: string | null;
  /** The key that made it, if one did. */
  keyId: string | null;
}

/** The key of the environment has no row. */
export const BOOTSTRAP_ID = "bootstrap";

async function makerOf(db: Database | Transaction, staff: Staff): Promise<Maker> {
  if (staff.kind === "agent") return { createdBy: staff.personId, keyId: null };
  if (staff.kind === "system") return { createdBy: null, keyId: null };
  const { keyId } = staff;
  if (keyId === BOOTSTRAP_ID) return { createdBy: null, keyId };
  const [key] = await db.select({ createdBy: apiKeys.createdBy }).from(apiKeys).where(eq(apiKeys.id, keyId));
  return { createdBy: key?.createdBy ?? null, keyId };
}

/**
 * Whether whoever invited somebody may do so still. He is not there when his invitation is accepted: what he has lost since, it gives
 * nobody.
 */
export async function mayStillInvite(
  db: Database | Transaction,
  ctx: Pick<Context, "now" | "config">,
  { maker, gives }: { maker: Maker; gives: Rights },
): Promise<boolean> {
  const held = await rightsOfMaker(db, ctx, maker);
  return held !== null && holdsScope(held.scopes, "auth:write") && includesRights(held, gives);
}

/**
 * Who makes something, asked for behind the team's lock: whoever keeps him out, or lets him do less, then ends what he has made by now.
 * @throws DomainError `UNAUTHORIZED` when he was kept out or his key revoked, `FORBIDDEN` when he may do less, since he was let in
 */
export async function requireMaker(tx: Transaction, ctx: Context, staff: Staff): Promise<Maker> {
  const maker = await makerOf(tx, staff);
  if (staff.kind === "system") return maker;
  const held = await rightsOfMaker(tx, ctx, maker);
  if (!held) throw requestError("signInRequired");
  if (!includesRights(held, rightsOfStaff(staff))) throw authError("rightsReduced");
  return maker;
}

async function rightsOfMaker(
  db: Database | Transaction,
  ctx: Pick<Context, "now" | "config">,
  { createdBy, keyId }: Maker,
): Promise<Rights | null> {
  if (keyId !== null) return rightsOfKey(db, ctx, keyId);
  return createdBy === null ? null : rightsOfAgent(db, createdBy);
}

const EVERYTHING: Rights = { scopes: ["*"], permissions: ["all"] };

/** @returns null for one who is kept out, or is no agent any more */
async function rightsOfAgent(db: Database | Transaction, personId: string): Promise<Rights | null> {
  const [row] = await db
    .select({ role: people.role, customRole: customRoles })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .leftJoin(customRoles, eq(customRoles.id, people.customRoleId))
    .where(and(eq(credentials.personId, personId), isNull(credentials.disabledAt)));
  return row ? resolveRole(row).rights : null;
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
 * Withdraws the invitations and the links for a new password that somebody, or a key, has handed out and that nobody has used yet. Each is
 * on record.
 */
export async function withdrawHandedOut(
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
      await recordWithdrawn(tx, ctx, { id: link.id, ...(link.data as { email: string }) });
    else if (link.personId) await recordResetWithdrawn(tx, ctx, link.personId);
  }
}

/** An invitation that nobody can accept any more. */
export const recordWithdrawn = (tx: Transaction, ctx: Context, { id, email }: { id: string; email: string }) =>
  recordAudit(tx, ctx, { action: "auth.invitationRevoked", target: { kind: "invitation", id, name: email } });

async function recordResetWithdrawn(tx: Transaction, ctx: Context, personId: string): Promise<void> {
  const [person] = await tx.select({ name: people.name }).from(people).where(eq(people.id, personId));
  const target = { kind: "person", id: personId, name: person?.name ?? null };
  await recordAudit(tx, ctx, { action: "auth.resetLinkWithdrawn", target });
}
