import { credentials } from "@pult/db/schema/auth.ts";
import { and, eq, isNull } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { notifyByMail } from "../mail.ts";
import { type AgentAccount, ownAccount, targetOf, updateAccount } from "./agent-account.ts";
import { confirmOwner, requireConfirmed } from "./confirm-session.ts";
import { clearTotp, makeBackupCodes, newTotp, placeOfTotp, replaceBackupCodes, stepOfCode } from "./second-factor.ts";

/**
 * Makes a secret for the caller's authenticator app. Nothing is asked for at sign-in until a code of it was shown; a second call makes
 * another one.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `CONFIRMATION_REQUIRED`, `CONFLICT` while codes are on
 */
export async function beginTotp(ctx: Context) {
  const { personId, email } = await ownAccount(ctx);
  requireConfirmed(ctx);
  const totp = newTotp({ workspace: ctx.config.workspace, email });
  const totpSecret = ctx.vault.seal(placeOfTotp(personId), totp.secret);
  if (!(await updateAccount(ctx.db, personId, { totpSecret }, isNull(credentials.totpEnabledAt))))
    throw authError("totpOn");
  return totp;
}

/**
 * Turns codes on, once one shows that the app has the secret.
 * @returns backup codes, shown once
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `CONFIRMATION_REQUIRED`, `VALIDATION` for a wrong code, `CONFLICT` while codes are on, or
 * before `beginTotp`
 */
export async function confirmTotp(ctx: Context, { code }: { code: string }): Promise<{ backupCodes: string[] }> {
  const account = await ownAccount(ctx);
  requireConfirmed(ctx);
  const { personId, totpSecret } = account;
  if (!totpSecret || account.totpEnabledAt) throw authError("totpNotBegun");
  const now = ctx.now();
  const step = stepOfCode(ctx.vault.open(placeOfTotp(personId), totpSecret), code.replace(/\s/g, ""), now);
  if (step === null) throw authError("totpCodeWrong");
  const { codes, hashes } = await makeBackupCodes(personId);
  await ctx.db.transaction(async (tx) => {
    const isAsRead = and(isNull(credentials.totpEnabledAt), eq(credentials.totpSecret, totpSecret));
    if (!(await updateAccount(tx, personId, { totpEnabledAt: now, totpLastStep: step }, isAsRead)))
      throw authError("totpNotBegun");
    await replaceBackupCodes(tx, personId, hashes);
    await recordAudit(tx, ctx, { action: "auth.totpEnabled", target: targetOf(account) });
  });
  notifyByMail(ctx, account, { kind: "totpEnabled" });
  return { backupCodes: codes };
}

/**
 * Turns codes off.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for a wrong password or code, `RATE_LIMITED`, `CONFLICT` while they are off
 */
export async function disableTotp(ctx: Context, shown: { password: string; code: string }): Promise<void> {
  const account = await requireTotp(ctx);
  await confirmOwner(ctx, account, shown);
  await ctx.db.transaction(async (tx) => {
    await clearTotp(tx, account.personId);
    await recordAudit(tx, ctx, { action: "auth.totpDisabled", target: targetOf(account) });
  });
  notifyByMail(ctx, account, { kind: "totpDisabled" });
}

/**
 * Makes ten new backup codes; the former ones stop working.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN`, `VALIDATION` for a wrong code, `RATE_LIMITED`, `CONFLICT` while codes are off
 */
export async function renewBackupCodes(ctx: Context, { code }: { code: string }): Promise<{ backupCodes: string[] }> {
  const account = await requireTotp(ctx);
  await confirmOwner(ctx, account, { code });
  const { codes, hashes } = await makeBackupCodes(account.personId);
  await ctx.db.transaction(async (tx) => {
    await replaceBackupCodes(tx, account.personId, hashes);
    await recordAudit(tx, ctx, { action: "auth.backupCodesRenewed", target: targetOf(account) });
  });
  return { backupCodes: codes };
}

async function requireTotp(ctx: Context): Promise<AgentAccount> {
  const account = await ownAccount(ctx);
  if (!account.totpEnabledAt) throw authError("totpOff");
  return account;
}
