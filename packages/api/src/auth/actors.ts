import { apiKeys, credentials, people, sessions } from "@pult/db/schema/auth.ts";
import { and, eq, gt, isNull, lt, or, sql } from "drizzle-orm";
import { errors as joseErrors, jwtVerify } from "jose";
import type { Actor, Deps } from "../context.ts";
import { DomainError } from "../errors.ts";
import { isStorable } from "../storable.ts";
import type { Channel } from "../support/schema.ts";
import { permissionsOf } from "./permissions.ts";
import type { Role, Scope } from "./schema.ts";
import { equalSecrets, hashToken, kindOfToken } from "./tokens.ts";

type AuthDeps = Pick<Deps, "db" | "now" | "config">;

/** Doors that take a customer's JWT: the token's `aud`, when there is one, must name the door. */
export type Audience = "support" | "trpc";

const unauthorized = (message = "Unauthorized") => new DomainError("UNAUTHORIZED", message);

/**
 * Who holds this token: session, API key, bootstrap key or customer JWT.
 * @throws DomainError `UNAUTHORIZED` when it is none of them, expired, revoked or for another door
 */
export async function actorOfToken(deps: AuthDeps, token: string, audience: Audience): Promise<Actor> {
  switch (kindOfToken(token)) {
    case "session":
      return actorOfSession(deps, token);
    case "apiKey":
      return actorOfApiKey(deps, token);
    case "adminKey":
      if (!deps.config.adminKey || !equalSecrets(token, deps.config.adminKey)) throw unauthorized();
      return { kind: "apiKey", keyId: "bootstrap", name: "Bootstrap key", scopes: ["*"] };
    case "jwt":
      return customerOfJwt(deps, token, audience);
    case "unknown":
      throw unauthorized();
  }
}

/** A session is refreshed in the database at most once a minute. */
const TOUCH_AFTER_MS = 60_000;

export async function actorOfSession(deps: AuthDeps, token: string): Promise<Actor> {
  const { db } = deps;
  const now = deps.now();
  const [row] = await db
    .select({ session: sessions, person: people, credential: credentials })
    .from(sessions)
    .innerJoin(people, eq(people.id, sessions.personId))
    .leftJoin(credentials, eq(credentials.personId, sessions.personId))
    .where(and(eq(sessions.tokenHash, hashToken(token)), isNull(sessions.revokedAt), gt(sessions.expiresAt, now)));
  if (!row) throw unauthorized();
  const { session, person, credential } = row;
  if (now.getTime() - session.lastSeenAt.getTime() > TOUCH_AFTER_MS) {
    await db.update(sessions).set({ lastSeenAt: now }).where(eq(sessions.tokenHash, session.tokenHash));
  }
  if (session.kind === "agent") {
    if (!credential || credential.disabledAt) throw unauthorized();
    const role = person.role as Role;
    return {
      kind: "agent",
      personId: person.id,
      name: person.name,
      email: credential.email,
      role,
      permissions: permissionsOf(role),
      sessionId: session.id,
    };
  }
  if (!session.namespace || !session.externalId) throw unauthorized();
  return {
    kind: "customer",
    channel: session.namespace as Channel,
    externalId: session.externalId,
    name: person.name,
    username: null,
    languageCode: person.languageCode,
    source: "miniApp",
  };
}

async function actorOfApiKey(deps: AuthDeps, key: string): Promise<Actor> {
  const now = deps.now();
  const [row] = await deps.db
    .select()
    .from(apiKeys)
    .where(
      and(
        eq(apiKeys.keyHash, hashToken(key)),
        isNull(apiKeys.revokedAt),
        or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now)),
      ),
    );
  if (!row) throw unauthorized();
  if (!row.lastUsedAt || now.getTime() - row.lastUsedAt.getTime() > TOUCH_AFTER_MS) {
    await deps.db
      .update(apiKeys)
      .set({ lastUsedAt: now })
      .where(
        and(
          eq(apiKeys.id, row.id),
          or(isNull(apiKeys.lastUsedAt), lt(apiKeys.lastUsedAt, sql`${now.toISOString()}::timestamptz`)),
        ),
      );
  }
  return { kind: "apiKey", keyId: row.id, name: row.name, scopes: row.scopes as Scope[] };
}

/**
 * The customer an HS256 token names by `sub` or `userId`; both present must agree. `exp` is required, `aud` may be absent.
 * @throws DomainError `UNAUTHORIZED`
 */
async function customerOfJwt(deps: AuthDeps, token: string, audience: Audience): Promise<Actor> {
  const claims = await verifyJwt(deps, token);
  const ids = [claims.sub, claims.userId].filter((id) => id !== undefined).map(readId);
  const [externalId] = ids;
  if (!externalId || externalId.length > 128 || ids.some((id) => id !== externalId)) throw unauthorized();
  if (claims.aud !== undefined && ![claims.aud].flat().includes(audience)) throw unauthorized();
  const name = typeof claims.name === "string" ? claims.name.slice(0, 128) : null;
  return { kind: "customer", channel: "app", externalId, name, username: null, languageCode: null, source: "app" };
}

/** Anything but text or a whole number names nobody: a backend's `null` must not become a customer called "null". */
function readId(claim: unknown): string | null {
  if (typeof claim === "number") return Number.isSafeInteger(claim) ? String(claim) : null;
  return typeof claim === "string" && isStorable(claim) ? claim : null;
}

async function verifyJwt(deps: AuthDeps, token: string) {
  try {
    const { payload } = await jwtVerify(token, deps.config.jwtSecret, {
      algorithms: ["HS256"],
      requiredClaims: ["exp"],
      currentDate: deps.now(),
    });
    return payload;
  } catch (error) {
    if (error instanceof joseErrors.JOSEError) throw unauthorized();
    throw error;
  }
}
