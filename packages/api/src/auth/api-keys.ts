import { apiKeys, people } from "@pult/db/schema/auth.ts";
import { desc, eq } from "drizzle-orm";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { recordAudit } from "./audit.ts";
import { rightsChangedTopic } from "./events.ts";
import { requireHeld, requireStaff } from "./permissions.ts";
import type { ApiKey, CreateApiKeyInput, Scope } from "./schema.ts";
import { hashToken, newApiKey } from "./tokens.ts";

/** Tells one key from another, and little of what it is: `pult_` and four characters of 43. */
const HINT_LENGTH = 9;

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
  const { name, scopes, limitPerMinute = null } = input;
  const id = await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .insert(apiKeys)
      .values({
        name,
        keyHash: hashToken(key),
        hint: key.slice(0, HINT_LENGTH),
        limitPerMinute,
        scopes,
        expiresAt,
        createdBy: staff.kind === "agent" ? staff.personId : null,
      })
      .returning({ id: apiKeys.id });
    if (!row) throw new Error("The key was not stored");
    const details = { scopes, expiresAt: expiresAt?.toISOString() ?? null, limitPerMinute };
    await recordAudit(tx, ctx, { action: "auth.keyCreated", target: { kind: "apiKey", id: row.id, name }, details });
    return row.id;
  });
  return { id, key };
}

/** Every key, newest first, revoked and expired ones too; never the key itself. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function listApiKeys(ctx: Context): Promise<ApiKey[]> {
  requireStaff(ctx.actor, "auth:read");
  const rows = await ctx.db
    .select({ apiKey: apiKeys, createdByName: people.name })
    .from(apiKeys)
    .leftJoin(people, eq(people.id, apiKeys.createdBy))
    .orderBy(desc(apiKeys.createdAt), apiKeys.id);
  return rows.map(({ createdByName, apiKey }) => toApiKey(apiKey, createdByName));
}

function toApiKey(row: typeof apiKeys.$inferSelect, createdByName: string | null): ApiKey {
  const { id, name, hint, scopes, limitPerMinute, createdAt, expiresAt, lastUsedAt, revokedAt } = row;
  return {
    id,
    name,
    hint,
    scopes: scopes as Scope[],
    limitPerMinute,
    createdByName,
    createdAt: createdAt.toISOString(),
    expiresAt: expiresAt?.toISOString() ?? null,
    lastUsedAt: lastUsedAt?.toISOString() ?? null,
    revokedAt: revokedAt?.toISOString() ?? null,
  };
}

/**
 * Ends a key for good, and with it every socket it opened; a key that has ended already is a success.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` also for a key that may what the caller may not, `NOT_FOUND`
 */
export async function revokeApiKey(ctx: Context, { id }: { id: string }): Promise<void> {
  const staff = requireStaff(ctx.actor, "auth:write");
  await ctx.db.transaction(async (tx) => {
    const [known] = await tx.select().from(apiKeys).where(eq(apiKeys.id, id)).for("update");
    if (!known) throw new DomainError("NOT_FOUND", "No such key");
    requireHeld(staff, known.scopes as Scope[]);
    if (known.revokedAt) return;
    await tx.update(apiKeys).set({ revokedAt: ctx.now() }).where(eq(apiKeys.id, id));
    await recordAudit(tx, ctx, { action: "auth.keyRevoked", target: { kind: "apiKey", id, name: known.name } });
  });
  ctx.bus.publishLatest(rightsChangedTopic.name(`key:${id}`), null);
}
