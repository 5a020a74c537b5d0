import { credentials, identities, people } from "@pult/db/schema/auth.ts";
import { and, eq, isNull } from "drizzle-orm";
import { SignJWT } from "jose";
import type { Customer } from "../actor.ts";
import type { Context } from "../context.ts";
import { PROTOCOLS, type Protocol } from "../domains.ts";
import { malformed, requestError } from "../errors.ts";
import { sealedSessionPlace } from "./actors.ts";
import { authError } from "./errors.ts";
import { requireStaff } from "./permissions.ts";
import type { Role, SocketTokenInput } from "./schema.ts";

/** Long enough to open a socket and to come back after a short cut. */
const LIFE_MS = 10 * 60_000;

interface Bearer {
  subject: string;
  name: string | null;
  /** The session it stands for: the token ends with it. */
  sessionId: string | null;
  /** The token ends no later. */
  until: Date | null;
}

/**
 * A token (HS256) for one of the documented protocols, which take one in the address or the handshake. With a session behind it, it is
 * worth what the session is, and ends with it; a server's key names the app user it is for.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` when the protocol is not for the caller, `VALIDATION` for a key that names no user
 */
export async function issueSocketToken(ctx: Context, input: SocketTokenInput) {
  const { subject, name, sessionId, until } = await bearerOf(ctx, input);
  const now = ctx.now();
  const latest = new Date(now.getTime() + LIFE_MS);
  const expiresAt = until && until < latest ? until : latest;
  const exp = Math.floor(expiresAt.getTime() / 1000);
  const sealed = sessionId ? { sid: ctx.vault.seal(sealedSessionPlace(input.audience, exp), sessionId) } : {};
  const token = await new SignJWT({ userId: subject, ...(name ? { name } : {}), ...sealed })
    .setProtectedHeader({ alg: "HS256", typ: "JWT" })
    .setSubject(subject)
    .setAudience(input.audience)
    .setIssuedAt(Math.floor(now.getTime() / 1000))
    .setExpirationTime(exp)
    .sign(ctx.config.jwtSecret);
  return { token, expiresAt: expiresAt.toISOString() };
}

async function bearerOf(ctx: Context, { audience, userId, name }: SocketTokenInput): Promise<Bearer> {
  const { actor } = ctx;
  const protocol: Protocol = PROTOCOLS[audience];
  if (actor.kind === "apiKey") {
    requireStaff(actor, `${protocol.domain}:write`);
    if (!userId) throw malformed("userId: name the user this is for");
    if (!protocol.customers) await requireStaffRole(ctx, userId);
    return { subject: userId, name: name ?? null, sessionId: null, until: null };
  }
  if (userId !== undefined) throw authError("tokenForOther");
  if (actor.kind === "agent") {
    if (!protocol.agents) throw authError("tokenForCustomers");
    requireStaff(actor, `${protocol.domain}:read`);
    return { subject: actor.personId, name: actor.name, sessionId: actor.sessionId, until: null };
  }
  if (actor.kind !== "customer") throw requestError("signInRequired");
  if (!protocol.customers && !holdsRole(actor)) throw authError("tokenForStaff");
  return ofCustomer(actor);
}

function ofCustomer({ externalId, name, proof }: Customer): Bearer {
  if (!proof) throw authError("notProven");
  return {
    subject: externalId,
    name,
    sessionId: proof.kind === "session" ? proof.sessionId : null,
    until: proof.expiresAt,
  };
}

const ABOVE_USER: readonly Role[] = ["Admin", "Moderator"];

const holdsRole = ({ proof }: Customer): boolean => proof?.kind === "session" && ABOVE_USER.includes(proof.role);

/** Staff's protocols refuse users whose role is User, also when a server names them. */
async function requireStaffRole(ctx: Context, userId: string): Promise<void> {
  const [row] = await ctx.db
    .select({ role: people.role })
    .from(identities)
    .innerJoin(people, eq(people.id, identities.personId))
    .leftJoin(credentials, eq(credentials.personId, people.id))
    .where(and(eq(identities.namespace, "app"), eq(identities.externalId, userId), isNull(credentials.disabledAt)));
  if (!row || !ABOVE_USER.includes(row.role as Role)) throw authError("tokenForStaff");
}
