import { apiKeys, credentials, customRoles, people, sessions } from "@pult/db/schema/auth.ts";
import { and, eq, gt, isNull, or, type SQL } from "drizzle-orm";
import { type JWTPayload, errors as joseErrors, jwtVerify } from "jose";
import type { Actor } from "../actor.ts";
import type { Deps } from "../context.ts";
import type { TokenAudience } from "../domains.ts";
import { requestError } from "../errors.ts";
import { isStorable } from "../storable.ts";
import { sessionIdOf } from "./events.ts";
import { resolveRole } from "./permissions.ts";
import { NAMESPACES, type Scope } from "./schema.ts";
import { equalSecrets, hashToken, kindOfToken } from "./tokens.ts";

/** What authentication needs. */
export type AuthDeps = Pick<Deps, "db" | "now" | "config" | "vault">;

/** Where a customer's JWT is accepted: the token's `aud`, when present, must name it. */
export type Audience = TokenAudience | "trpc";

const BOOTSTRAP: Extract<Actor, { kind: "apiKey" }> = {
  kind: "apiKey",
  keyId: "bootstrap",
  name: "Bootstrap key",
  scopes: ["*"],
};

const unauthorized = () => requestError("unauthorized");

/**
 * Who holds this token: session, API key, bootstrap key or customer JWT.
 * @throws DomainError `UNAUTHORIZED` when it is none of them, expired, revoked or for another audience
 */
export async function actorOfToken(deps: AuthDeps, token: string, audience: Audience): Promise<Actor> {
  switch (kindOfToken(token)) {
    case "session":
      return actorOfSession(deps, token);
    case "apiKey":
      return actorOfApiKey(deps, token);
    case "adminKey":
      if (!deps.config.adminKey || !equalSecrets(token, deps.config.adminKey)) throw unauthorized();
      return BOOTSTRAP;
    case "jwt":
      return customerOfJwt(deps, token, audience);
    case "unknown":
      throw unauthorized();
  }
}

/** A session is refreshed in the database at most once a minute. */
const TOUCH_AFTER_MS = 60_000;
/** An agent who was away for longer signs in again. */
export const AGENT_IDLE_MS = 7 * 24 * 60 * 60_000;

/** @throws DomainError `UNAUTHORIZED` when it has ended, or was not used for too long */
export const actorOfSession = (deps: AuthDeps, token: string): Promise<Actor> =>
  actorOfSessionWhere(deps, eq(sessions.tokenHash, hashToken(token)));

async function actorOfSessionWhere(deps: AuthDeps, which: SQL): Promise<Actor> {
  const { db } = deps;
  const now = deps.now();
  const [row] = await db
    .select({ session: sessions, person: people, credential: credentials, customRole: customRoles })
    .from(sessions)
    .innerJoin(people, eq(people.id, sessions.personId))
    .leftJoin(credentials, eq(credentials.personId, sessions.personId))
    .leftJoin(customRoles, eq(customRoles.id, people.customRoleId))
    .where(and(which, isNull(sessions.revokedAt), gt(sessions.expiresAt, now)));
  if (!row) throw unauthorized();
  const { session, person, credential, customRole } = row;
  const idleMs = now.getTime() - session.lastSeenAt.getTime();
  if (session.kind === "agent" && idleMs > AGENT_IDLE_MS) throw unauthorized();
  if (idleMs > TOUCH_AFTER_MS) {
    await db.update(sessions).set({ lastSeenAt: now }).where(eq(sessions.tokenHash, session.tokenHash));
  }
  if (session.kind === "agent") {
    if (!credential || credential.disabledAt) throw unauthorized();
    const { role, roleName, rights } = resolveRole({ role: person.role, customRole });
    return {
      kind: "agent",
      personId: person.id,
      name: person.name,
      email: credential.email,
      role,
      roleName,
      permissions: rights.permissions,
      scopes: rights.scopes,
      sessionId: session.id,
      ...(session.confirmedAt ? { confirmedAt: session.confirmedAt } : {}),
      expiresAt: session.expiresAt,
    };
  }
  const namespace = NAMESPACES.find((one) => one === session.namespace);
  if (!namespace || !session.externalId) throw unauthorized();
  const { id: sessionId, expiresAt } = session;
  // A deactivated agent is a customer like any other.
  const { role, rights } = resolveRole(credential?.disabledAt ? PLAIN_USER : { role: person.role, customRole });
  return {
    kind: "customer",
    namespace,
    externalId: session.externalId,
    name: person.name,
    username: null,
    languageCode: person.languageCode,
    proof: { kind: "session", sessionId, personId: person.id, role, permissions: rights.permissions, expiresAt },
  };
}

const PLAIN_USER = { role: "User", customRole: null };

const actorOfApiKey = (deps: AuthDeps, key: string): Promise<Actor> =>
  actorOfApiKeyWhere(deps, eq(apiKeys.keyHash, hashToken(key)));

async function actorOfApiKeyWhere(deps: AuthDeps, which: SQL): Promise<Actor> {
  const now = deps.now();
  const [row] = await deps.db
    .select()
    .from(apiKeys)
    .where(and(which, isNull(apiKeys.revokedAt), or(isNull(apiKeys.expiresAt), gt(apiKeys.expiresAt, now))));
  if (!row) throw unauthorized();
  if (!row.lastUsedAt || now.getTime() - row.lastUsedAt.getTime() > TOUCH_AFTER_MS) {
    await deps.db.update(apiKeys).set({ lastUsedAt: now }).where(eq(apiKeys.id, row.id));
  }
  const { id: keyId, name, limitPerMinute, expiresAt } = row;
  return {
    kind: "apiKey",
    keyId,
    name,
    scopes: row.scopes as Scope[],
    ...(limitPerMinute ? { limitPerMinute } : {}),
    ...(expiresAt ? { expiresAt } : {}),
  };
}

/**
 * The customer an HS256 token names by `sub` or `userId`; both present must agree. `exp` is required, `aud` may be absent.
 * @throws DomainError `UNAUTHORIZED`
 */
async function customerOfJwt(deps: AuthDeps, token: string, audience: Audience): Promise<Actor> {
  const claims = await verifyJwt(deps, token);
  // Issued by Pult for a session here: it acts as that session, and ends with it.
  if (claims.sid !== undefined) return actorOfSocketToken(deps, claims, audience);
  const ids = [claims.sub, claims.userId].filter((id) => id !== undefined).map(readId);
  const [externalId] = ids;
  if (!externalId || externalId.length > 128 || ids.some((id) => id !== externalId)) throw unauthorized();
  if (claims.aud !== undefined && ![claims.aud].flat().includes(audience)) throw unauthorized();
  const name = typeof claims.name === "string" ? claims.name.slice(0, 128) : null;
  return appUser({ externalId, name, expiresAt: new Date(Number(claims.exp) * 1000) });
}

/** A customer as a token of the operator's server names them, for as long as the token lives. */
function appUser({ externalId, name, expiresAt }: { externalId: string; name: string | null; expiresAt: Date }): Actor {
  return {
    kind: "customer",
    namespace: "app",
    externalId,
    name,
    username: null,
    languageCode: null,
    proof: { kind: "token", expiresAt },
  };
}

/**
 * Where a session's id is sealed in a token: for one audience, up to one moment. The operator's own servers hold the key that signs such
 * tokens, but not the one that seals: they can name their customers, but no session of ours.
 * @param exp seconds since 1970
 */
export const sealedSessionPlace = (audience: Audience, exp: number): string => `socketToken/${audience}/${exp}`;

async function actorOfSocketToken(deps: AuthDeps, { sid, aud, exp }: JWTPayload, audience: Audience): Promise<Actor> {
  if (typeof sid !== "string" || aud !== audience || exp === undefined) throw unauthorized();
  const sessionId = deps.vault.openOrNull(sealedSessionPlace(audience, exp), sid);
  if (sessionId === null) throw unauthorized();
  return actorOfSessionWhere(deps, eq(sessions.id, sessionId));
}

/** An actor without its secret; for tickets, and to authenticate it again later. */
export type ActorRef =
  | { kind: "session"; id: string }
  | { kind: "apiKey"; id: string }
  | { kind: "token"; customer: { externalId: string; name: string | null; expiresAt: string } };

/** @returns null for an actor that cannot be authenticated again */
export function refOfActor(actor: Actor): ActorRef | null {
  const sessionId = sessionIdOf(actor);
  if (sessionId !== null) return { kind: "session", id: sessionId };
  if (actor.kind === "apiKey") return { kind: "apiKey", id: actor.keyId };
  if (actor.kind !== "customer" || actor.proof?.kind !== "token") return null;
  const { externalId, name, proof } = actor;
  return { kind: "token", customer: { externalId, name, expiresAt: proof.expiresAt.toISOString() } };
}

/** @throws DomainError `UNAUTHORIZED` when it is no longer valid */
export async function actorOfRef(deps: AuthDeps, ref: ActorRef): Promise<Actor> {
  if (ref.kind === "session") return actorOfSessionWhere(deps, eq(sessions.id, ref.id));
  if (ref.kind === "apiKey") {
    if (ref.id !== BOOTSTRAP.keyId) return actorOfApiKeyWhere(deps, eq(apiKeys.id, ref.id));
    if (!deps.config.adminKey) throw unauthorized();
    return BOOTSTRAP;
  }
  const expiresAt = new Date(ref.customer.expiresAt);
  if (expiresAt <= deps.now()) throw unauthorized();
  return appUser({ ...ref.customer, expiresAt });
}

/** Only text or an integer is an id: a backend's `null` must not become a customer called "null". */
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
