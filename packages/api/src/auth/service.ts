import { hash, verify } from "@node-rs/argon2";
import { credentials, identities, people, sessions } from "@pult/db/schema/auth.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { Context } from "../context.ts";
import { DomainError } from "../errors.ts";
import { actorOfSession } from "./actors.ts";
import { rightsChangedTopic, sessionEndedTopic } from "./events.ts";
import { verifyInitData } from "./init-data.ts";
import { requireAdmin } from "./permissions.ts";
import type { Me, MiniAppSession, Role, SignInInput } from "./schema.ts";
import { hashToken, newSessionToken } from "./tokens.ts";

/** Absolute life of an agent's session. */
export const AGENT_SESSION_MS = 30 * 24 * 60 * 60_000;
/** Life of a Mini App session: the app opens anew for every visit. */
const MINI_APP_SESSION_MS = 12 * 60 * 60_000;
const INIT_DATA_MAX_AGE_SECONDS = 60 * 60;

/** argon2id with OWASP's figures: 19 MiB, 2 passes, 1 lane. */
const ARGON2 = { memoryCost: 19_456, timeCost: 2, parallelism: 1 };

/** Verified when no such agent exists, so that a wrong e-mail takes as long as a wrong password. */
let decoy: Promise<string> | null = null;

export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2);

/** Who the caller is. @throws DomainError `UNAUTHORIZED` for nobody */
export function getMe(ctx: Context): Me {
  const { actor } = ctx;
  const base = { email: null, role: "User" as Role, permissions: [], namespace: null, workspace: ctx.config.workspace };
  switch (actor.kind) {
    case "agent":
      return {
        ...base,
        kind: "agent",
        id: actor.personId,
        name: actor.name,
        email: actor.email,
        role: actor.role,
        permissions: actor.permissions,
      };
    case "customer":
      return {
        ...base,
        kind: "customer",
        id: actor.externalId,
        name: actor.name ?? actor.externalId,
        namespace: actor.channel,
      };
    case "apiKey":
      return { ...base, kind: "apiKey", id: actor.keyId, name: actor.name };
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
  decoy ??= hashPassword("no such agent");
  const matches = await verify(row?.credential.passwordHash ?? (await decoy), input.password);
  if (!row || !matches || row.credential.disabledAt) {
    throw new DomainError("UNAUTHORIZED", "Wrong e-mail or password");
  }
  const { token, expiresAt } = await openSession(ctx, {
    personId: row.person.id,
    kind: "agent",
    lifeMs: AGENT_SESSION_MS,
  });
  return { token, expiresAt, me: getMe({ ...ctx, actor: await actorOfSession(ctx, token) }) };
}

/** Ends the caller's own session, and with it every socket it opened. Nobody's is a success. */
export async function signOut(ctx: Context): Promise<void> {
  if (ctx.actor.kind !== "agent") return;
  const { sessionId } = ctx.actor;
  await ctx.db
    .update(sessions)
    .set({ revokedAt: ctx.now() })
    .where(and(eq(sessions.id, sessionId), isNull(sessions.revokedAt)));
  ctx.bus.publishLatest(sessionEndedTopic.name(sessionId), null);
}

/**
 * Opens a short session for the Telegram user who signed `initData`.
 * @throws DomainError `UNAUTHORIZED`
 */
export async function signInMiniApp(ctx: Context, input: { initData: string }): Promise<MiniAppSession> {
  if (!ctx.config.botToken) throw new DomainError("UNAUTHORIZED", "Invalid init data");
  const { user } = verifyInitData(input.initData, {
    botToken: ctx.config.botToken,
    now: ctx.now(),
    maxAgeSeconds: INIT_DATA_MAX_AGE_SECONDS,
  });
  const personId = await ensurePerson(ctx, { namespace: "telegram", externalId: user.id, ...user });
  const { token, expiresAt } = await openSession(ctx, {
    personId,
    kind: "customer",
    lifeMs: MINI_APP_SESSION_MS,
    identity: { namespace: "telegram", externalId: user.id },
  });
  return { token, expiresAt: expiresAt.toISOString(), user };
}

/** Creates an agent, or gives an existing one a new name, role and password. For set-up and demo data. */
export async function ensureAgent(
  ctx: Context,
  agent: { email: string; name: string; role: Role; password: string },
): Promise<string> {
  requireAdmin(ctx.actor);
  const email = agent.email.toLowerCase();
  const passwordHash = await hashPassword(agent.password);
  const personId = await ctx.db.transaction(async (tx) => {
    const [known] = await tx.select().from(credentials).where(eq(credentials.email, email));
    if (known) {
      await tx.update(credentials).set({ passwordHash }).where(eq(credentials.personId, known.personId));
      await tx.update(people).set({ name: agent.name, role: agent.role }).where(eq(people.id, known.personId));
      return known.personId;
    }
    const [person] = await tx
      .insert(people)
      .values({ name: agent.name, role: agent.role })
      .returning({ id: people.id });
    if (!person) throw new Error("The agent was not stored");
    await tx.insert(credentials).values({ personId: person.id, email, passwordHash });
    await tx.insert(identities).values({ namespace: "agent", externalId: email, personId: person.id, proven: true });
    return person.id;
  });
  ctx.bus.publishLatest(rightsChangedTopic.name(`agent:${personId}`), null);
  return personId;
}

interface ProvenIdentity {
  namespace: "telegram";
  externalId: string;
  name: string;
  username: string | null;
  languageCode: string | null;
}

async function ensurePerson(ctx: Context, proven: ProvenIdentity): Promise<string> {
  const { namespace, externalId, name, username, languageCode } = proven;
  return ctx.db.transaction(async (tx) => {
    const where = and(eq(identities.namespace, namespace), eq(identities.externalId, externalId));
    const [known] = await tx.select().from(identities).where(where);
    if (known) {
      await tx.update(people).set({ name, languageCode }).where(eq(people.id, known.personId));
      await tx.update(identities).set({ username, proven: true }).where(where);
      return known.personId;
    }
    const [person] = await tx.insert(people).values({ name, languageCode }).returning({ id: people.id });
    if (!person) throw new Error("The person was not stored");
    const inserted = await tx
      .insert(identities)
      .values({ namespace, externalId, personId: person.id, username, proven: true })
      .onConflictDoNothing()
      .returning({ personId: identities.personId });
    if (inserted[0]) return inserted[0].personId;
    throw new DomainError("CONFLICT", "The same user signed in twice at once; try again");
  });
}

interface NewSession {
  personId: string;
  kind: "agent" | "customer";
  lifeMs: number;
  identity?: { namespace: string; externalId: string };
}

async function openSession(ctx: Context, session: NewSession): Promise<{ token: string; expiresAt: Date }> {
  const token = newSessionToken();
  const now = ctx.now();
  const expiresAt = new Date(now.getTime() + session.lifeMs);
  await ctx.db.insert(sessions).values({
    tokenHash: hashToken(token),
    personId: session.personId,
    kind: session.kind,
    namespace: session.identity?.namespace ?? null,
    externalId: session.identity?.externalId ?? null,
    userAgent: ctx.userAgent.slice(0, 500),
    ip: ctx.ip,
    createdAt: now,
    lastSeenAt: now,
    expiresAt,
  });
  return { token, expiresAt };
}
