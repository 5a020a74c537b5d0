import { randomBytes } from "node:crypto";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { signIn, signOut } from "@pult/api/auth/account/sign-in.ts";
import { actorOfSession } from "@pult/api/auth/actors.ts";
import { ensureAgent } from "@pult/api/auth/team/ensure-agent.ts";
import type { Context } from "@pult/api/context.ts";
import { assign, reply } from "@pult/api/support/agent-service.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import { sendAsCustomer } from "@pult/api/support/customer-service.ts";
import type { Parts } from "./deps.ts";

export interface DemoSignIn {
  email: string;
  password: string;
}

const AGENTS = [
  { email: "agent.a@demo.example", name: "Agent A (demo)", role: "Admin" },
  { email: "agent.b@demo.example", name: "Agent B (demo)", role: "Moderator" },
] as const;

/** Seeds plainly invented data once. Passwords are random and kept in `DATA_DIR`, where whoever runs this may read them. */
export async function seedDemo({ env, system }: Parts): Promise<DemoSignIn[]> {
  const file = join(env.DATA_DIR, "demo.json");
  if (existsSync(file)) return JSON.parse(readFileSync(file, "utf8")) as DemoSignIn[];
  const signIns = AGENTS.map(({ email }) => ({ email, password: randomBytes(9).toString("base64url") }));
  for (const [at, agent] of AGENTS.entries()) {
    await ensureAgent(system, { ...agent, password: signIns[at]?.password ?? "" });
  }
  await seedConversations(await signInAsFirst(system, signIns));
  writeFileSync(file, JSON.stringify(signIns, null, 2), { mode: 0o600 });
  return signIns;
}

/** The demo's answers come from somebody, as every answer does. */
async function signInAsFirst(system: Context, signIns: DemoSignIn[]): Promise<Context> {
  const [first] = signIns;
  if (!first) throw new Error("There is no demo agent");
  const { token } = await signIn(system, first);
  const agent = { ...system, actor: await actorOfSession(system, token) };
  await signOut(agent);
  return agent;
}

async function seedConversations(agent: Context): Promise<void> {
  for (const { id, name, lines, answer } of CONVERSATIONS) {
    const customer = appCustomer(id, name);
    for (const [at, text] of lines.entries()) {
      const { message } = await sendAsCustomer(agent, customer, { text, photoIds: [], clientId: `demo:${id}:${at}` });
      const { conversationId } = message;
      if (!answer || at > 0) continue;
      await reply(agent, { conversationId, text: answer, photoIds: [], clientId: `demo:${id}:answer` });
      if (agent.actor.kind === "agent") await assign(agent, { conversationId, assigneeId: agent.actor.personId });
    }
  }
}

const CONVERSATIONS = [
  {
    id: "demo-11",
    name: "Demo customer 11",
    lines: ["Can I change the delivery address before the parcel leaves?", "It should go to the office instead."],
    answer: "Yes, until 16:00 today. What is the new address?",
  },
  {
    id: "demo-12",
    name: "Demo customer 12",
    lines: ["Is the blue one back in stock? I saw it in the story."],
    answer: null,
  },
  { id: "demo-13", name: "Demo customer 13", lines: ["The code works now, thanks"], answer: "Glad to hear it." },
];
