import { crmCompanies, crmContacts, crmDeals } from "@pult/db/schema/crm.ts";
import { isNull } from "drizzle-orm";
import type { Slice } from "../slice.ts";
import { seedDemo } from "./demo.ts";
import { crmTopic } from "./events.ts";
import { personalData } from "./personal-data.ts";

export const crmSlice: Slice = {
  name: "crm",
  logs: [crmTopic],
  retention: [],
  personalData,
  outbox: {},
  workers: [],
  notices: [],
  sealedColumns: [],
  metrics: [],
  storedFiles: async () => [],
  inventory: async (db) => ({
    contacts: await db.$count(crmContacts, isNull(crmContacts.mergedIntoId)),
    companies: await db.$count(crmCompanies),
    deals: await db.$count(crmDeals),
  }),
  demo: seedDemo,
};
