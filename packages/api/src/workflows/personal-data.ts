import type { Transaction } from "@pult/db/database.ts";
import { removeRows, textsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { PersonalData, PersonReferences } from "../slice.ts";

/** Webhooks of agents. What they were told of an account goes with the account. */
export const personalData: PersonalData = {
  readScope: "auth:read",
  writeScope: "auth:write",
  tables: {
    webhooks: { reason: "Addresses of the workspace's other systems" },
    webhook_deliveries: { reason: "Copies of events of telegramAccounts, deleted with the account or after some days" },
  },
  conversations: async () => [],
  lock: async () => {},
  export: async () => ({}),
  planErasure: async () => eraseOwned,
  // An owner is an agent, by their own id, which stays.
  merge: async () => null,
  unmerge: async () => {},
};

async function eraseOwned(tx: Transaction, { personIds }: PersonReferences) {
  const owners = textsIn(personIds.map((id) => `agent:${id}`));
  const webhooks = await removeRows(tx, "webhooks", sql`owner in ${owners}`);
  return { counts: { webhooks }, remaining: [], cut: [], forget: [] };
}
