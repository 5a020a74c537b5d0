import { crmCompanies, crmContacts, crmDeals } from "@pult/db/schema/crm.ts";
import { isNull } from "drizzle-orm";
import type { Slice } from "../slice.ts";
import { repeating } from "../workers.ts";
import { seedDemo } from "./demo.ts";
import { crmTopic } from "./events.ts";
import { personalData } from "./personal-data.ts";
import { remindOfDue } from "./tasks/due.ts";
import { dueNotice } from "./tasks/notice.ts";

export const crmSlice: Slice = {
  name: "crm",
  logs: [crmTopic],
  retention: [],
  personalData,
  outbox: {},
  workers: [repeating({ name: "crm.reminders", lease: "crm", everyMs: 5_000 }, remindOfDue)],
  notices: [dueNotice],
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
