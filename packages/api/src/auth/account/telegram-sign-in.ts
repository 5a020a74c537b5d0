import type { Transaction } from "@pult/db/database.ts";
import { credentials } from "@pult/db/schema/auth.ts";
import { and, eq, ne, sql } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { findDomainError } from "../../errors.ts";
import { customerInAudit, recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { notifyByMail } from "../mail.ts";
import { requireAgent } from "../permissions.ts";
import { findAccount, findAccountWhere, ownAccount, targetOf, updateAccount } from "./agent-account.ts";
import { createCustomerSession, createSession, type SignedIn, type SignInSubject } from "./create-session.ts";
import { ensurePerson } from "./mini-app.ts";
import { secondFactorRequired } from "./second-factor.ts";

/** Who came back from Telegram, as its signed id token says. */
export interface TelegramIdentity {
  /** The Bot API's user id, as a decimal number; not OpenID's `sub`, which means nothing elsewhere. */
  id: string;
  name: string;
  username: string | null;
}

/**
 * Signs in the agent who has linked this Telegram user. It replaces the password only: an agent with a second factor is refused.
 * @throws DomainError `NOT_FOUND` when no agent has linked it, or the account is deactivated; `SECOND_FACTOR_REQUIRED`
 */
export async function signInWithTelegram(ctx: Context, identity: TelegramIdentity): Promise<SignedIn> {
  try {
    return await createSession(ctx, "telegram", (tx) => findAgent(tx, identity));
  } catch (error) {
    const code = findDomainError(error)?.code;
    if (code === "NOT_FOUND" || code === "UNAUTHORIZED") await recordRefused(ctx, identity);
    throw error;
  }
}

/** The actor in the audit log: the agent they wanted to be, if there is one, else the Telegram identity. */
async function recordRefused(ctx: Context, { id }: TelegramIdentity): Promise<void> {
  const agent = await findAccountWhere(ctx.db, eq(credentials.telegramId, id));
  await recordAudit(ctx.db, ctx, {
    action: "auth.signInFailed",
    actor: customerInAudit("telegram", id),
    ...(agent ? { target: targetOf(agent) } : {}),
    details: { what: "telegram" },
  });
}

async function findAgent(tx: Transaction, { id, username }: TelegramIdentity): Promise<SignInSubject> {
  // The update locks the row: an agent who unlinks at the same moment comes before or after.
  const [linked] = await tx
    .update(credentials)
    .set({ telegramUsername: username })
    .where(eq(credentials.telegramId, id))
    .returning({ personId: credentials.personId });
  const agent = linked ? await findAccount(tx, linked.personId) : null;
  if (!agent || agent.disabledAt) throw authError("telegramNotLinked");
  if (agent.totpEnabledAt) throw secondFactorRequired("missing");
  return agent;
}

/** Opens a short session for a customer who signed in with Telegram in a browser, as their Mini App would. */
export async function openTelegramCustomer(
  ctx: Context,
  { id, name, username }: TelegramIdentity,
): Promise<{ token: string; expiresAt: Date }> {
  const identity = { namespace: "telegram", externalId: id } as const;
  const personId = await ensurePerson(ctx, { ...identity, name, username });
  return ctx.db.transaction((tx) => createCustomerSession(tx, ctx, { personId, identity, method: "telegram" }));
}

/**
 * Lets a Telegram user sign in as the caller from now on, instead of any earlier one. Customers are unaffected: the same user may
 * write to the desk as before.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for callers who are not agents, `CONFLICT` when another agent has linked it
 */
export async function linkTelegram(ctx: Context, { id, username }: TelegramIdentity): Promise<void> {
  const account = await ownAccount(ctx);
  const { personId } = account;
  await ctx.db.transaction(async (tx) => {
    // Of two agents who link the same user at once, one is second.
    await tx.execute(sql`select pg_advisory_xact_lock(hashtextextended(${`auth.telegram:${id}`}, 0))`);
    const [other] = await tx
      .select({ personId: credentials.personId })
      .from(credentials)
      .where(and(eq(credentials.telegramId, id), ne(credentials.personId, personId)));
    if (other) throw authError("telegramLinkedElsewhere");
    await updateAccount(tx, personId, { telegramId: id, telegramUsername: username });
    await recordAudit(tx, ctx, {
      action: "auth.identityLinked",
      target: targetOf(account),
      details: { namespace: "telegram", externalId: id, signIn: true },
    });
  });
  notifyByMail(ctx, account, { kind: "telegramLinked", name: username ? `@${username}` : id });
}

/** Whether Telegram Login is there, and who may sign in by it as the caller. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function getTelegramLink(ctx: Context) {
  const { telegramId: id, telegramUsername: username } = await ownAccount(ctx);
  return { isConfigured: ctx.config.telegramLogin, linked: id ? { id, username } : null };
}

/** Unlinks Telegram from the caller. What is not linked is a success. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` */
export async function unlinkTelegram(ctx: Context): Promise<void> {
  const { personId, name } = requireAgent(ctx.actor);
  await ctx.db.transaction(async (tx) => {
    const [row] = await tx
      .select({ telegramId: credentials.telegramId })
      .from(credentials)
      .where(eq(credentials.personId, personId))
      .for("update");
    if (!row?.telegramId) return;
    await updateAccount(tx, personId, { telegramId: null, telegramUsername: null });
    await recordAudit(tx, ctx, {
      action: "auth.identityUnlinked",
      target: { kind: "person", id: personId, name },
      details: { namespace: "telegram", externalId: row.telegramId, signIn: true },
    });
  });
}
