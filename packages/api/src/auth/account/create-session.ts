import { randomUUID } from "node:crypto";
import type { Transaction } from "@pult/db/database.ts";
import { credentials, sessions } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { actorOfSession } from "../actors.ts";
import { customerInAudit, recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import type { Me } from "../schema.ts";
import { hashToken, newSessionToken } from "../tokens.ts";
import { getMe } from "./profile.ts";
import type { SessionMethod } from "./schema.ts";
import { endSessions, publishSessionsEnded } from "./sessions.ts";

/** Absolute life of an agent's session. @see AGENT_IDLE_MS */
export const AGENT_SESSION_MS = 30 * 24 * 60 * 60_000;
/** Life of a Mini App session: the app opens anew for every visit. */
const MINI_APP_SESSION_MS = 12 * 60 * 60_000;

interface NewSession {
  personId: string;
  kind: "agent" | "customer";
  method: SessionMethod;
  lifeMs: number;
  identity?: { namespace: string; externalId: string };
}

export async function openSession(
  ctx: Context,
  session: NewSession,
): Promise<{ id: string; token: string; expiresAt: Date }> {
  const token = newSessionToken();
  const id = randomUUID();
  const now = ctx.now();
  const expiresAt = new Date(now.getTime() + session.lifeMs);
  await ctx.db.insert(sessions).values({
    tokenHash: hashToken(token),
    id,
    personId: session.personId,
    kind: session.kind,
    method: session.method,
    namespace: session.identity?.namespace ?? null,
    externalId: session.identity?.externalId ?? null,
    userAgent: ctx.userAgent.slice(0, 500),
    ip: ctx.ip,
    createdAt: now,
    lastSeenAt: now,
    confirmedAt: session.kind === "agent" ? now : null,
    expiresAt,
  });
  return { id, token, expiresAt };
}

export interface SignedIn {
  token: string;
  expiresAt: Date;
  me: Me;
}

/** The agent who signs in, and the sessions that end by it. */
export interface SignInSubject {
  personId: string;
  name: string;
  endedSessions?: readonly string[];
  /** The account as it was when the password was verified; `passwordHash` is absent where none was needed. */
  shown?: { passwordHash?: string; totpEnabledAt: Date | null };
}

/**
 * Creates a session for an authenticated agent. The browser's previous session ends, also that of another agent, so that no one can plant a session
 * in another person's browser.
 * @param authenticate runs in the same transaction and returns the subject or throws
 * @throws DomainError `UNAUTHORIZED` when the credentials changed, or the account was deactivated, during verification
 */
export async function createSession(
  ctx: Context,
  method: SessionMethod,
  authenticate: (tx: Transaction) => Promise<SignInSubject>,
): Promise<SignedIn> {
  const { token, expiresAt, ended } = await ctx.db.transaction(async (tx) => {
    const subject = await authenticate(tx);
    await requireUnchanged(tx, subject);
    const { personId, name, endedSessions = [] } = subject;
    const opened = await openSession({ ...ctx, db: tx }, { personId, kind: "agent", method, lifeMs: AGENT_SESSION_MS });
    await recordAudit(tx, ctx, {
      action: "auth.signedIn",
      actor: { kind: "agent", id: personId, name },
      target: { kind: "session", id: opened.id },
      details: { method },
    });
    return { ...opened, ended: [...endedSessions, ...(await revokePrevious(tx, ctx))] };
  });
  publishSessionsEnded(ctx.bus, ended);
  return { token, expiresAt, me: getMe({ ...ctx, actor: await actorOfSession(ctx, token) }) };
}

/** Password changes and deactivation end sessions behind the same lock: none can slip in between. */
async function requireUnchanged(tx: Transaction, { personId, shown }: SignInSubject): Promise<void> {
  const [now] = await tx
    .select({
      passwordHash: credentials.passwordHash,
      disabledAt: credentials.disabledAt,
      totpEnabledAt: credentials.totpEnabledAt,
    })
    .from(credentials)
    .where(eq(credentials.personId, personId))
    .for("no key update");
  const isOtherPassword = shown?.passwordHash !== undefined && shown.passwordHash !== now?.passwordHash;
  const lacksCode = shown?.totpEnabledAt === null && now?.totpEnabledAt !== null;
  if (!now || now.disabledAt || isOtherPassword || lacksCode) throw authError("credentialsChanged");
}

/** A customer whose identity is proven. */
export interface CustomerSubject {
  personId: string;
  identity: { namespace: "telegram"; externalId: string };
  method: "miniApp" | "telegram";
}

/** Creates a short session for an authenticated customer. */
export async function createCustomerSession(
  tx: Transaction,
  ctx: Context,
  { personId, identity, method }: CustomerSubject,
): Promise<{ id: string; token: string; expiresAt: Date }> {
  const opened = await openSession(
    { ...ctx, db: tx },
    { personId, kind: "customer", method, lifeMs: MINI_APP_SESSION_MS, identity },
  );
  await recordAudit(tx, ctx, {
    action: "auth.signedIn",
    actor: customerInAudit(identity.namespace, identity.externalId),
    target: { kind: "session", id: opened.id },
    details: { method },
  });
  return opened;
}

/** Ends the browser's previous session. */
const revokePrevious = async (tx: Transaction, { actor, now }: Context): Promise<string[]> =>
  actor.kind === "agent" ? endSessions(tx, { id: actor.sessionId, now: now() }) : [];
