import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signIn, signOut } from "@pult/api/auth/account/sign-in.ts";
import { actorOfSession } from "@pult/api/auth/actors.ts";
import { ensureAgent } from "@pult/api/auth/team/ensure-agent.ts";
import type { Context } from "@pult/api/context.ts";
import { slices } from "@pult/api/slices.ts";
import type { App } from "./app.ts";

export interface DemoSignIn {
  email: string;
  password: string;
}

const AGENTS = [
  { email: "agent.a@demo.example", name: "Agent A (demo)", role: "Admin" },
  { email: "agent.b@demo.example", name: "Agent B (demo)", role: "Moderator" },
] as const;

/** Seeds plainly invented data once. Passwords are random and kept in `DATA_DIR`, readable by the user who runs the process. */
export async function seedDemo({ env, system }: App): Promise<DemoSignIn[]> {
  const file = join(env.DATA_DIR, "demo.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as DemoSignIn[];
  const signIns = AGENTS.map(({ email }) => ({ email, password: randomBytes(9).toString("base64url") }));
  for (const [at, agent] of AGENTS.entries()) {
    await ensureAgent(system, { ...agent, password: signIns[at]?.password ?? "" });
  }
  const agent = await signInAsFirst(system, signIns);
  for (const slice of slices) await slice.demo?.(agent);
  writeFileSync(file, JSON.stringify(signIns, null, 2), { mode: 0o600 });
  return signIns;
}

/** The demo's answers come from an agent, as every answer does. */
async function signInAsFirst(system: Context, signIns: DemoSignIn[]): Promise<Context> {
  const [first] = signIns;
  if (!first) throw new Error("There is no demo agent");
  const { token } = await signIn(system, first);
  const agent = { ...system, actor: await actorOfSession(system, token) };
  await signOut(agent);
  return agent;
}
