import type { Database, Transaction } from "@pult/db/database.ts";
import { selectAgents, selectHolders } from "../../auth/team/holders.ts";
import { grantsFor, type SessionRow } from "../access.ts";
import { accessIn, readGrants } from "../grants.ts";
import type { BulkRow } from "./rows.ts";

/** The agents who may write from an account as a whole: its owner, and those to whom all its chats are granted for that. */
export async function approversOf(db: Database | Transaction, session: SessionRow, now: Date): Promise<string[]> {
  const grants = await readGrants(db, session.id);
  const agents = await selectAgents(db, await selectHolders(db, "chats:write"));
  const mayWrite = ({ personId, role, roleName }: (typeof agents)[number]): boolean => {
    if (session.owner === `agent:${personId}`) return true;
    const viewer = { owner: null, roles: [role, roleName], personId, userId: personId, at: now };
    return accessIn(grantsFor(viewer, grants), null, now) === "write";
  };
  return agents.filter(mayWrite).map(({ personId }) => personId);
}

/** Of those who may, who approves this one: not those who wrote it, unless there is no other. */
export function ownApprovers({ authors }: Pick<BulkRow, "authors">, approvers: readonly string[]): string[] {
  const others = approvers.filter((personId) => !(authors as string[]).includes(personId));
  return others.length > 0 ? others : [...approvers];
}
