import { credentials, people, sessions } from "@pult/db/schema/auth.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { DomainError } from "../../errors.ts";
import { actorOfSession } from "../actors.ts";
import { sessionEndedTopic, sessionIdOf } from "../events.ts";
import type { Me, Role } from "../schema.ts";
import { AGENT_SESSION_MS, openSession } from "./open-session.ts";
import { passwordMatches } from "./passwords.ts";
import type { SignInInput } from "./schema.ts";
import { spendInitData } from "./spent-init-data.ts";

/** Who the caller is. @throws DomainError `UNAUTHORIZED` for nobody */
export function getMe(ctx: Context): Me {
  const { actor } = ctx;
  const nothing = { role: "User" as Role, roleName: "User", permissions: [], scopes: [] };
  const base = { email: null, namespace: null, workspace: ctx.config.workspace, ...nothing };
  switch (actor.kind) {
    case "agent":
      return {
        ...base,
        kind: "agent",
        id: actor.personId,
        name: actor.name,
        email: actor.email,
        role: actor.role,
        roleName: actor.roleName,
        permissions: actor.permissions,
        scopes: actor.scopes,
      };
    case "customer": {
      const session = actor.proof?.kind === "session" ? actor.proof : null;
      return {
        ...base,
        kind: "customer",
        id: actor.externalId,
        name: actor.name ?? actor.externalId,
        namespace: actor.channel,
        ...(session ? { role: session.role, roleName: session.role, permissions: session.permissions } : {}),
      };
    }
    case "apiKey":
      return { ...base, kind: "apiKey", id: actor.keyId, name: actor.name, scopes: actor.scopes };
    default:
      throw new DomainError("UNAUTHORIZED", "Sign in first");
  }
}

/**
 * Signs an agent in with a new session; an older one of this browser stays valid until it ends.
 * @throws DomainError `UNAUTHORIZED`, the same for a wrong e-mail, a wrong password and a disabled account
 */
export async function signIn(ctx: Context, input: SignInInput): Promise<{ token: string; expiresAt: Date; me: Me }> {
  const [row] = await ctx.db
    .select({ person: people, credential: credentials })
    .from(credentials)
    .innerJoin(people, eq(people.id, credentials.personId))
    .where(eq(credentials.email, input.email.toLowerCase()));
  const matches = await passwordMatches(row?.credential.passwordHash ?? null, input.password);
  if (!row || !matches || row.credential.disabledAt) {
    throw new DomainError("UNAUTHORIZED", "Wrong e-mail or password");
  }
  const { token, expiresAt } = await openSession(ctx, {
    personId: row.person.id,
    kind: "agent",
    method: "password",
    lifeMs: AGENT_SESSION_MS,
  });
  return { token, expiresAt, me: getMe({ ...ctx, actor: await actorOfSession(ctx, token) }) };
}

/** Ends the caller's own session, and with it every socket it opened. Nobody's is a success. */
export async function signOut(ctx: Context): Promise<void> {
  const sessionId = sessionIdOf(ctx.actor);
  if (sessionId === null) return;
  const now = ctx.now();
  await ctx.db.transaction(async (tx) => {
    await tx
      .update(sessions)
      .set({ revokedAt: now })
      .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)));
    await spendInitData(tx, { sessionId, now });
  });
  ctx.bus.publishLatest(sessionEndedTopic.name(sessionId), null);
}
