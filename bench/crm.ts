import type { ListInput } from "@pult/api/crm/inputs.ts";
import { callerOf, makeAgent } from "@pult/api/testing/factories.ts";
import { fillCrm } from "./crm/fill.ts";
import { openApp } from "./product.ts";
import { argument, freshDatabase, json, percentiles, services, temporaryDirectory } from "./setup.ts";

/**
 * Lists of the CRM as an agent who linked the accounts reads them, through the router: 100,000 contacts, three accounts with 300,000 messages, a page of
 * 50 with its total. One request at a time. `--contacts=N`, `--rounds=N`; `--json` prints an object a line.
 */
const CONTACTS = argument("contacts", 100_000);
const ROUNDS = argument("rounds", 40);
const WARM_UP = 5;

const { TEST_DATABASE_URL: url } = await services();
if (!url) throw new Error("This measures PostgreSQL: set TEST_DATABASE_URL");
const app = await openApp({ DATA_DIR: temporaryDirectory(), DATABASE_URL: await freshDatabase(url) });
const { system } = app;
const agent = await makeAgent(system, { role: "Admin" });
await fillCrm(system.db, { personId: agent.personId, contacts: CONTACTS });
const { contacts, followUps } = callerOf(system, agent).chats;

const unanswered = { filters: [{ field: "unanswered", operator: "is", value: true }] } satisfies Partial<ListInput>;
const newestFirst = { sort: { field: "lastContactAt", descending: true } };
/** A page from the middle of a list. */
async function deepOf(input: Partial<ListInput>): Promise<Partial<ListInput>> {
  let offsetId: string | undefined;
  for (let page = 0; page < 20; page++)
    offsetId = (await contacts.list({ ...input, limit: 100, offsetId })).nextOffsetId ?? undefined;
  return { ...input, offsetId };
}
const lists: Record<string, () => Promise<{ totalCount: number }>> = {};
for (const [name, input] of [
  ["all by name", {}],
  ["all, newest message first", newestFirst],
  ["unanswered by name", unanswered],
  ["unanswered, newest message first", { ...unanswered, ...newestFirst }],
] as const) {
  const deep = await deepOf(input);
  lists[name] = () => contacts.list({ ...input, limit: 50 });
  lists[`${name}, page 20`] = () => contacts.list({ ...deep, limit: 50 });
}
lists["follow-ups"] = () => followUps.list({ limit: 50 });

for (const [name, read] of Object.entries(lists)) {
  const times: number[] = [];
  let total = 0;
  for (let round = 0; round < WARM_UP + ROUNDS; round++) {
    const started = performance.now();
    total = (await read()).totalCount;
    times.push(performance.now() - started);
  }
  const [p50 = 0, p90 = 0] = percentiles(times.slice(WARM_UP), [0.5, 0.9]);
  if (json) console.log(JSON.stringify({ list: name, total, p50Ms: p50, p90Ms: p90 }));
  else
    console.log(`${name.padEnd(42)} ${String(total).padStart(7)}  p50 ${p50.toFixed(0)} ms  p90 ${p90.toFixed(0)} ms`);
}
await app.database.close();
process.exit(0);
