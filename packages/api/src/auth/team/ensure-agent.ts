import { credentials, identities, people } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import type { Context } from "../../context.ts";
import { hashPassword } from "../account/passwords.ts";
import { tellRightsChanged } from "../events.ts";
import { requireStaff } from "../permissions.ts";
import type { Role } from "../schema.ts";

/** Creates an agent, or gives an existing one a new name, role and password. For set-up and demo data. */
export async function ensureAgent(
  ctx: Context,
  agent: { email: string; name: string; role: Role; password: string },
): Promise<string> {
  requireStaff(ctx.actor, "*");
  const email = agent.email.toLowerCase();
  const passwordHash = await hashPassword(agent.password);
  const personId = await ctx.db.transaction(async (tx) => {
    const [known] = await tx.select().from(credentials).where(eq(credentials.email, email));
    if (known) {
      await tx.update(credentials).set({ passwordHash }).where(eq(credentials.personId, known.personId));
      const { name, role } = agent;
      await tx.update(people).set({ name, role, customRoleId: null }).where(eq(people.id, known.personId));
      return known.personId;
    }
    const [person] = await tx
      .insert(people)
      .values({ name: agent.name, role: agent.role })
      .returning({ id: people.id });
    if (!person) throw new Error("The agent was not stored");
    await tx.insert(credentials).values({ personId: person.id, email, passwordHash });
    await tx.insert(identities).values({ namespace: "agent", externalId: email, personId: person.id, proven: true });
    return person.id;
  });
  tellRightsChanged(ctx.bus, personId);
  return personId;
}
