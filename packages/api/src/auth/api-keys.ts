import { apiKeys } from "@pult/db/schema/auth.ts";
import { and, desc, eq, isNull } from "drizzle-orm";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { rightsChangedTopic } from "./events.ts";
import { requireHeld, requireStaff } from "./permissions.ts";
import type { ApiKey, CreateApiKeyInput, Scope } from "./schema.ts";
import { hashToken, newApiKey } from "./tokens.ts";

/**
 * Makes an API key; the key itself is answered once and never stored.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` when it would be expired already
 */
export async function createApiKey(ctx: Context, input: CreateApiKeyInput): Promise<{ id: string; key: string }> {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireHeld(staff, input.scopes);
  const expiresAt = input.expiresAt ? new Date(input.expiresAt) : null;
  if (expiresAt && expiresAt <= ctx.now()) throw new DomainError("VALIDATION", "expiresAt is in the past");
  const key = newApiKey();
  const [row] = await ctx.db
    .insert(apiKeys)
    .values({
      name: input.name,
      keyHash: hashToken(key),
      scopes: input.scopes,
      expiresAt,
      createdBy: staff.kind === "agent" ? staff.personId : null,
    })
    .returning({ id: apiKeys.id });
  if (!row) throw new Error("The key was not stored");
  return { id: row.id, key };
}

/** Every key, newest first, revoked and expired ones too; never the key itself. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listApiKeys(ctx: Context): Promise<ApiKey[]> {
  requireStaff(ctx.actor, "auth:read");
  const rows = await ctx.db.select().from(apiKeys).orderBy(desc(apiKeys.createdAt), apiKeys.id);
  return rows.map(({ id, name, scopes, createdAt, expiresAt, lastUsedAt, revokedAt }) => ({
    id,
    name,
    scopes: scopes as Scope[],
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  }));
}

/**
 * Ends a key for good, and with it every socket it opened; a key that has ended already is a success.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `NOT_FOUND`
 */
export async function revokeApiKey(ctx: Context, { id }: { id: string }): Promise<void> {
  requireStaff(ctx.actor, "auth:write");
  const [known] = await ctx.db.select({ id: apiKeys.id }).from(apiKeys).where(eq(apiKeys.id, id));
  if (!known) throw new DomainError("NOT_FOUND", "No such key");
  await ctx.db
    .update(apiKeys)
    .set({ revokedAt: ctx.now() })
    .where(and(eq(apiKeys.id, id), isNull(apiKeys.revokedAt)));
  ctx.bus.publishLatest(rightsChangedTopic.name(`key:${id}`), null);
}
