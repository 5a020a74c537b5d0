import type { Transaction } from "@pult/db/database.ts";
import { credentials } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { actorOfSession } from "../actors.ts";
import { customerInAudit, recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import type { Me } from "../schema.ts";
import { endSessions, tellSessionsEnded } from "./end-sessions.ts";
import { getMe } from "./me.ts";
import { AGENT_SESSION_MS, MINI_APP_SESSION_MS, openSession } from "./open-session.ts";
import type { SessionMethod } from "./schema.ts";

export interface SignedIn {
  token: string;
  expiresAt: Date;
  me: Me;
}

/** Who comes in, and which sessions end by that. */
export interface Entrant {
  personId: string;
  name: string;
  endedSessions?: readonly string[];
  /** What his account was like when he showed his password, or that he needs no password. */
  shown?: { passwordHash?: string; totpEnabledAt: Date | null };
}

/**
 * Opens a session for an agent who has shown who he is. The one that his browser had ends, whoever's it was: nobody can prepare a session
 * for somebody else.
 * @param show runs in the same transaction, and says who it is or throws
 * @throws DomainError `UNAUTHORIZED` when the account was changed, or its owner kept out, while he showed who he is
 */
export async function enter(
  ctx: Context,
  method: SessionMethod,
  show: (tx: Transaction) => Promise<Entrant>,
): Promise<SignedIn> {
  const { token, expiresAt, ended } = await ctx.db.transaction(async (tx) => {
    const entrant = await show(tx);
    await requireUnchanged(tx, entrant);
    const { personId, name, endedSessions = [] } = entrant;
    const opened = await openSession({ ...ctx, db: tx }, { personId, kind: "agent", method, lifeMs: AGENT_SESSION_MS });
    await recordAudit(tx, ctx, {
      action: "auth.signedIn",
      actor: { kind: "agent", id: personId, name },
      target: { kind: "session", id: opened.id },
      details: { method },
    });
    return { ...opened, ended: [...endedSessions, ...(await endFormer(tx, ctx))] };
  });
  tellSessionsEnded(ctx.bus, ended);
  return { token, expiresAt, me: getMe({ ...ctx, actor: await actorOfSession(ctx, token) }) };
}

/** Whoever changes a password or keeps an agent out ends his sessions behind the same lock: none can slip in between. */
async function requireUnchanged(tx: Transaction, { personId, shown }: Entrant): Promise<void> {
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

/** A customer who has shown whose identity he has. */
export interface CustomerEntrant {
  personId: string;
  identity: { namespace: "telegram"; externalId: string };
  method: "miniApp" | "telegram";
}

/** Opens a short session for a customer who has shown who he is. */
export async function enterAsCustomer(
  tx: Transaction,
  ctx: Context,
  { personId, identity, method }: CustomerEntrant,
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

/** The session that the browser had. */
const endFormer = async (tx: Transaction, { actor, now }: Context): Promise<string[]> =>
  actor.kind === "agent" ? endSessions(tx, { id: actor.sessionId, now: now() }) : [];
