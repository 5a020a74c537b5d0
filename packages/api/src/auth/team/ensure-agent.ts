import type { Transaction } from "@pult/db/database.ts";
import { people } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { type AgentAccount, findAccountByEmail, targetOf } from "../account/agent-account.ts";
import { hashPassword, passwordMatches, replacePassword } from "../account/passwords.ts";
import { publishSessionsEnded } from "../account/sessions.ts";
import { recordAudit } from "../audit.ts";
import { publishRightsChanged } from "../events.ts";
import { includesRights, requireStaff, rightsOf } from "../permissions.ts";
import type { Role } from "../schema.ts";
import { addAgent } from "./add-agent.ts";
import { revokeIssued } from "./issued-links.ts";
import { lockTeam } from "./rights.ts";

export interface WantedAgent {
  email: string;
  name: string;
  role: Role;
  password: string;
}

/**
 * Creates an agent, or gives an existing one the name, role and password that are wanted; what changes by that is on record, and another
 * password ends their sessions. For set-up and demo data.
 */
export async function ensureAgent(ctx: Context, wanted: WantedAgent): Promise<string> {
  requireStaff(ctx.actor, "*");
  const { personId, ended } = await ctx.db.transaction(async (tx) => {
    await lockTeam(tx);
    const known = await findAccountByEmail(tx, wanted.email);
    if (!known) return { personId: await addWanted(tx, ctx, wanted), ended: [] };
    await changeName(tx, ctx, { known, wanted });
    await changeRole(tx, ctx, { known, wanted });
    return { personId: known.personId, ended: await changePassword(tx, ctx, { known, wanted }) };
  });
  publishSessionsEnded(ctx.bus, ended);
  publishRightsChanged(ctx.bus, personId);
  return personId;
}

async function addWanted(tx: Transaction, ctx: Context, { email, name, role, password }: WantedAgent): Promise<string> {
  const passwordHash = await hashPassword(password);
  const agent = await addAgent(tx, { email: email.toLowerCase(), name, role, customRoleId: null, passwordHash });
  await recordAudit(tx, ctx, { action: "auth.agentAdded", target: targetOf(agent), details: { role } });
  return agent.personId;
}

interface Change {
  known: AgentAccount;
  wanted: WantedAgent;
}

async function changeName(tx: Transaction, ctx: Context, { known, wanted: { name } }: Change): Promise<void> {
  if (name === known.name) return;
  await tx.update(people).set({ name }).where(eq(people.id, known.personId));
  await recordAudit(tx, ctx, { action: "auth.profileChanged", target: targetOf(known), details: { name } });
}

async function changeRole(tx: Transaction, ctx: Context, { known, wanted: { role } }: Change): Promise<void> {
  const { personId, roleName, customRoleId, rights } = known;
  if (customRoleId === null && roleName === role) return;
  await tx.update(people).set({ role, customRoleId: null }).where(eq(people.id, personId));
  const details = { from: roleName, to: role };
  await recordAudit(tx, ctx, { action: "auth.roleChanged", target: targetOf(known), details });
  if (!includesRights(rightsOf(role), rights)) await revokeIssued(tx, ctx, { personId });
}

/** @returns the sessions that end by it */
async function changePassword(tx: Transaction, ctx: Context, { known, wanted }: Change): Promise<string[]> {
  if (await passwordMatches(known.passwordHash, wanted.password)) return [];
  const passwordHash = await hashPassword(wanted.password);
  return replacePassword(tx, ctx, { account: known, passwordHash, action: "auth.passwordChanged" });
}
