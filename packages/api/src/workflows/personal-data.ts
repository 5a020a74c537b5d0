import type { Transaction } from "@pult/db/database.ts";
import { removeRows, textsIn } from "@pult/db/rows.ts";
import { sql } from "drizzle-orm";
import type { PersonalData, PersonReferences } from "../slice.ts";

/** Webhooks and automations of agents. What is kept there of an account goes with the account. */
export const personalData: PersonalData = {
  readScope: "auth:read",
  writeScope: "auth:write",
  tables: {
    webhooks: { reason: "Addresses of the workspace's other systems" },
    webhook_deliveries: { reason: "Copies of events of telegramAccounts, deleted with the account or after some days" },
    automations: { reason: "Rules of the workspace" },
    automation_runs: { reason: "Copies of events of telegramAccounts, deleted with the account or after some days" },
    automation_waits: { reason: "Copies of events of telegramAccounts, deleted with the account" },
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
  const automations = await removeRows(tx, "automations", sql`owner in ${owners}`);
  return { counts: { webhooks, automations }, remaining: [], cut: [], forget: [] };
}
