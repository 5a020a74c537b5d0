import { hash, verify } from "@node-rs/argon2";
import type { Transaction } from "@pult/db/database.ts";
import { credentials } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { revokeOneTime } from "../one-time.ts";
import { type AgentAccount, targetOf, updateAccount } from "./agent-account.ts";
import { ARGON2 } from "./argon2.ts";
import { endSessions } from "./sessions.ts";

export const hashPassword = (password: string): Promise<string> => hash(password, ARGON2);

/** Verified when no such agent exists, so that a wrong e-mail takes as long as a wrong password. */
let decoy: Promise<string> | null = null;

/** @param passwordHash null for an unknown e-mail: as much work, and never right */
export async function passwordMatches(passwordHash: string | null, password: string): Promise<boolean> {
  decoy ??= hashPassword("no such agent");
  const real = passwordHash?.startsWith("$argon2") ? passwordHash : null;
  const matches = await verify(real ?? (await decoy), password);
  return real !== null && matches;
}

/** @throws DomainError `VALIDATION` for a password that an attacker who knows the e-mail tries first */
export function refuseWeakPassword(password: string, email: string): void {
  const [local = ""] = email.split("@");
  const easy = [email, local].map((text) => text.toLowerCase());
  if (easy.includes(password.toLowerCase())) throw authError("passwordIsEmail");
}

interface NewPassword {
  /** As it was read. */
  account: AgentAccount;
  passwordHash: string;
  action: "auth.passwordChanged" | "auth.passwordReset";
  /** The session that goes on. */
  except?: string;
}

/**
 * Replaces an agent's password. Links for resetting it are revoked, and their sessions end.
 * @returns the sessions, to be published after the commit
 * @throws DomainError `VALIDATION` when the password was changed in the meantime
 */
export async function replacePassword(tx: Transaction, ctx: Context, given: NewPassword): Promise<string[]> {
  const { account, passwordHash, action, ...rest } = given;
  const { personId } = account;
  const now = ctx.now();
  const isAsRead = eq(credentials.passwordHash, account.passwordHash);
  if (!(await updateAccount(tx, personId, { passwordHash, passwordChangedAt: now }, isAsRead)))
    throw authError("passwordWrong");
  await revokeOneTime(tx, { purpose: "passwordReset", personId, now });
  await recordAudit(tx, ctx, { action, target: targetOf(account) });
  return endSessions(tx, { personId, now, ...rest });
}
