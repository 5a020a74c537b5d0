import type { Transaction } from "@pult/db/database.ts";
import { apiKeys, people } from "@pult/db/schema/auth.ts";
import { and, desc, eq, gt, inArray, isNull, or, type SQL } from "drizzle-orm";
import type { Context } from "../context.ts";
import { withIsoDates } from "../iso-dates.ts";
import type { Bus } from "../realtime/bus.ts";
import { requireConfirmed } from "./account/confirm-session.ts";
import { recordAudit } from "./audit.ts";
import { authError } from "./errors.ts";
import { rightsChangedTopic } from "./events.ts";
import { requireHeld, requireStaff, type Staff } from "./permissions.ts";
import type { ApiKey, CreateApiKeyInput, Scope } from "./schema.ts";
import { BOOTSTRAP_ID, requireIssuer, revokeIssued } from "./team/issued-links.ts";
import { lockTeam } from "./team/rights.ts";
import { hashToken, newApiKey } from "./tokens.ts";

/** Enough to tell keys apart, and little of the secret: `pult_` and four characters of 43. */
const HINT_LENGTH = 9;

/**
 * Makes an API key; the key itself is answered once and never stored. One that a key makes ends when that one ends and may call as often
 * at most, unless less is asked for; it counts as created by that key's creator.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for scopes, a time or a limit beyond those of the caller, `CONFIRMATION_REQUIRED`,
 * `VALIDATION` when it would be expired already
 */
export async function createApiKey(ctx: Context, input: CreateApiKeyInput): Promise<{ id: string; key: string }> {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireConfirmed(ctx);
  requireHeld(staff, input.scopes);
  const { expiresAt, limitPerMinute } = boundsOf(staff, input);
  if (expiresAt && expiresAt <= ctx.now()) throw authError("keyExpired");
  const key = newApiKey();
  const { name, scopes } = input;
  const id = await ctx.db.transaction(async (tx) => {
    await lockTeam(tx);
    const { createdBy, keyId } = await requireIssuer(tx, ctx, staff);
    const [row] = await tx
      .insert(apiKeys)
      .values({
        name,
        keyHash: hashToken(key),
        hint: key.slice(0, HINT_LENGTH),
        limitPerMinute,
        scopes,
        expiresAt,
        createdBy,
        madeByKeyId: keyId === BOOTSTRAP_ID ? null : keyId,
      })
      .returning({ id: apiKeys.id });
    if (!row) throw new Error("The key was not stored");
    const details = { scopes, expiresAt: expiresAt?.toISOString() ?? null, limitPerMinute };
    await recordAudit(tx, ctx, { action: "auth.keyCreated", target: { kind: "apiKey", id: row.id, name }, details });
    return row.id;
  });
  return { id, key };
}

/** @throws DomainError `FORBIDDEN` for more than the key that calls has itself */
function boundsOf(
  staff: Staff,
  input: Pick<CreateApiKeyInput, "expiresAt" | "limitPerMinute">,
): { expiresAt: Date | null; limitPerMinute: number | null } {
  const own: { expiresAt?: Date; limitPerMinute?: number } = staff.kind === "apiKey" ? staff : {};
  const expiresAt = input.expiresAt ? new Date(input.expiresAt) : (own.expiresAt ?? null);
  const limitPerMinute = input.limitPerMinute ?? own.limitPerMinute ?? null;
  if (own.expiresAt && expiresAt && expiresAt > own.expiresAt) throw authError("keyOutlivesIssuer");
  if (own.limitPerMinute && limitPerMinute && limitPerMinute > own.limitPerMinute)
    throw authError("keyFasterThanIssuer");
  return { expiresAt, limitPerMinute };
}

/** Every key, newest first, revoked and expired ones too; never the key itself. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listApiKeys(ctx: Context): Promise<ApiKey[]> {
  requireStaff(ctx.actor, "auth:read");
  const { id, name, hint, scopes, limitPerMinute, createdAt, expiresAt, lastUsedAt, revokedAt, createdBy } = apiKeys;
  const key = { id, name, hint, scopes, limitPerMinute, createdAt, expiresAt, lastUsedAt, revokedAt };
  const rows = await ctx.db
    .select({ ...key, createdByName: people.name })
    .from(apiKeys)
    .leftJoin(people, eq(people.id, createdBy))
    .orderBy(desc(createdAt), id);
  return rows.map((row) => ({ ...withIsoDates(row), scopes: row.scopes as Scope[] }));
}

/**
 * Ends a key for good, and with it every socket it opened, every key it made, and the invitations and links of all of them; a key that has
 * ended already is a success.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` also for a key that may what the caller may not, `NOT_FOUND`
 */
export async function revokeApiKey(ctx: Context, { id }: { id: string }): Promise<void> {
  const staff = requireStaff(ctx.actor, "auth:write");
  const ended = await ctx.db.transaction(async (tx) => {
    await lockTeam(tx);
    const [known] = await tx.select().from(apiKeys).where(eq(apiKeys.id, id)).for("update");
    if (!known) throw authError("keyNotFound");
    requireHeld(staff, known.scopes as Scope[]);
    return known.revokedAt ? [] : revokeWithMade(tx, ctx, eq(apiKeys.id, id));
  });
  publishKeysChanged(ctx.bus, ended);
}

const living = (now: Date) => and(isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)));

/** Ends keys, the living ones that they made, and so on. @returns the ids of all, to be published after the commit */
async function revokeWithMade(tx: Transaction, ctx: Context, which: SQL | undefined): Promise<string[]> {
  const now = ctx.now();
  const ended: string[] = [];
  for (let next = which; next; ) {
    const revoked: { id: string; name: string }[] = await tx
      .update(apiKeys)
      .set({ revokedAt: now })
      .where(next)
      .returning({ id: apiKeys.id, name: apiKeys.name });
    for (const key of revoked) {
      await recordRevoked(tx, ctx, key);
      await revokeIssued(tx, ctx, { keyId: key.id });
    }
    const ids = revoked.map(({ id }) => id);
    ended.push(...ids);
    next = ids.length > 0 ? and(inArray(apiKeys.madeByKeyId, ids), living(now)) : undefined;
  }
  return ended;
}

const recordRevoked = (tx: Transaction, ctx: Context, { id, name }: { id: string; name: string }) =>
  recordAudit(tx, ctx, { action: "auth.keyRevoked", target: { kind: "apiKey", id, name } });

/** Ends the living keys that an agent, or an agent's keys, made. @returns their ids, to be published after the commit */
export const revokeKeysOf = (tx: Transaction, ctx: Context, personId: string): Promise<string[]> =>
  revokeWithMade(tx, ctx, and(eq(apiKeys.createdBy, personId), living(ctx.now())));

/** Open sockets of these keys re-check their rights. */
export function publishKeysChanged(bus: Bus, ids: readonly string[]): void {
  for (const id of ids) bus.publishLatest(rightsChangedTopic.name(`key:${id}`), null);
}
