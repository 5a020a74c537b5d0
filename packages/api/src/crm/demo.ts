import type { Context } from "../context.ts";
import { createDeal } from "./deals/create.ts";
import { createCompany, createContact } from "./records/create.ts";
import { listRecords } from "./records/list.ts";
import { readPipelines } from "./setup/pipelines.ts";
import { createTag } from "./setup/tags.ts";

const CONTACTS = 8;
const DEALS = [
  { contact: 0, stage: 3, amount: "84", nextStep: "courier at 16:00" },
  { contact: 1, stage: 1, amount: "310", nextStep: "deposit" },
  { contact: 2, stage: 4, amount: "920", nextStep: "arrives today" },
  { contact: 3, stage: 0, amount: "38", nextStep: null },
  { contact: 4, stage: 2, amount: "72", nextStep: "pack" },
  { contact: 5, stage: 0, amount: "120", nextStep: "ask for the size" },
];
const SOURCE = "demo";

/** Plainly invented contacts, companies and deals, once: repeats change nothing. */
export async function seedDemo(agent: Context): Promise<void> {
  const filters = [{ field: "source", operator: "is", value: SOURCE } as const];
  const { totalCount } = await listRecords(agent, "contact", { filters, limit: 1 });
  if (totalCount > 0) return;
  const ownerId = agent.actor.kind === "agent" ? agent.actor.personId : null;
  const tags = [(await createTag(agent, { name: "Demo" })).id];
  const companies = [
    await createCompany(agent, { name: "Demo company 1", website: "demo1.example.org", tags }),
    await createCompany(agent, { name: "Demo company 2", website: "demo2.example.org", tags }),
  ];
  const contacts = [];
  for (let at = 1; at <= CONTACTS; at++) {
    const companyId = companies[at]?.id ?? null;
    const email = `demo${at}@example.org`;
    const username = `demo_contact_${at}`;
    contacts.push(
      await createContact(agent, {
        name: `Demo contact ${at}`,
        email,
        username,
        companyId,
        ownerId,
        source: SOURCE,
        tags,
      }),
    );
  }
  const [pipeline] = await readPipelines(agent.db);
  for (const { contact, stage, amount, nextStep } of DEALS) {
    const [contactId, stageId] = [contacts[contact]?.id ?? null, pipeline?.stages[stage]?.id];
    await createDeal(agent, { name: `Demo order ${contact + 1}`, contactId, stageId, amount, nextStep, ownerId, tags });
  }
}
