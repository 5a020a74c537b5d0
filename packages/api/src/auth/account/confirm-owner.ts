import type { Context } from "../../context.ts";
import { authError } from "../errors.ts";
import type { AgentAccount } from "./agent-account.ts";
import { beginAttempt, forgetAttempts, noteFailure } from "./attempts.ts";
import { passwordMatches } from "./passwords.ts";
import { useSecondFactor } from "./second-factor.ts";

export const wrongPassword = () => authError("passwordWrong");

/**
 * The holder of the session proves to be the agent. Failures count like those of sign-in.
 * @throws DomainError `VALIDATION` for what is wrong, so that no client takes it for an ended session; `RATE_LIMITED`
 */
export async function confirmOwner(
  ctx: Context,
  account: AgentAccount,
  shown: { password?: string; code?: string },
): Promise<void> {
  const attempt = await beginAttempt(ctx, account);
  if (shown.password !== undefined && !(await passwordMatches(account.passwordHash, shown.password))) {
    await noteFailure(ctx, attempt, "password");
    throw wrongPassword();
  }
  if (shown.code !== undefined && !(await useSecondFactor(ctx, account, shown.code))) {
    await noteFailure(ctx, attempt, "code");
    throw authError("codeWrong");
  }
  await forgetAttempts(ctx.db, account.personId);
}
