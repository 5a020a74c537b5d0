import type { Transaction } from "@pult/db/database.ts";
import { credentials } from "@pult/db/schema/auth.ts";
import type { Context } from "../../context.ts";
import { recordAudit } from "../audit.ts";
import { authError } from "../errors.ts";
import { linkTo } from "../links.ts";
import { issueOneTime, readOneTime, revokeOneTime, takeOneTime } from "../one-time.ts";
import { requireStaff } from "../permissions.ts";
import { addAgent } from "../team/add-agent.ts";
import { lockTeam } from "../team/rights.ts";
import { createSession, type SignedIn } from "./create-session.ts";
import { hashPassword, refuseWeakPassword } from "./passwords.ts";
import type { CompleteSetUpInput } from "./schema.ts";

const SET_UP_MS = 24 * 60 * 60_000;

/**
 * A link by which the operator becomes the first Admin, recorded. Earlier links are revoked.
 * @returns null when there is an agent
 * @throws DomainError `FORBIDDEN`
 */
export async function issueSetUpLink(ctx: Context): Promise<string | null> {
  requireStaff(ctx.actor, "*");
  const now = ctx.now();
  return ctx.db.transaction(async (tx) => {
    await lockTeam(tx);
    if (await hasAgents(tx)) return null;
    await revokeOneTime(tx, { purpose: "setUp", now });
    const { token } = await issueOneTime(tx, { purpose: "setUp", now, lifeMs: SET_UP_MS });
    await recordAudit(tx, ctx, { action: "auth.setUpLinkIssued" });
    return linkTo(ctx, "setup", token);
  });
}

const staleLink = () => authError("setUpLinkInvalid");

/** @throws DomainError `NOT_FOUND` for a link that is wrong, used or too old */
export async function checkSetUp(ctx: Context, { token }: { token: string }): Promise<void> {
  if (!(await readOneTime(ctx.db, { purpose: "setUp", token, now: ctx.now() }))) throw staleLink();
}

/**
 * Creates the first Admin and signs them in. Of two attempts at once, one succeeds.
 * @throws DomainError `NOT_FOUND` for a link that is wrong, used or too old, `CONFLICT` when there is an agent, `VALIDATION`
 */
export async function completeSetUp(ctx: Context, input: CompleteSetUpInput): Promise<SignedIn> {
  const { token, name, password } = input;
  const email = input.email.toLowerCase();
  await checkSetUp(ctx, { token });
  refuseWeakPassword(password, email);
  const passwordHash = await hashPassword(password);
  return createSession(ctx, "setUp", async (tx) => {
    await lockTeam(tx);
    if (!(await takeOneTime(tx, { purpose: "setUp", token, now: ctx.now() }))) throw staleLink();
    if (await hasAgents(tx)) throw authError("alreadySetUp");
    const person = await addAgent(tx, { email, name, role: "Admin", customRoleId: null, passwordHash });
    const actor = { kind: "agent", id: person.personId, name } as const;
    const target = { kind: "person", id: person.personId, name };
    await recordAudit(tx, ctx, { action: "auth.setUp", actor, target, details: { email } });
    return person;
  });
}

const hasAgents = async (tx: Transaction): Promise<boolean> =>
  (await tx.select({ id: credentials.personId }).from(credentials).limit(1)).length > 0;
