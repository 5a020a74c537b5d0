import { json } from "./setup.ts";
import { APP_SECRET, compare, type Measured, seconds } from "./writes/compare.ts";

/**
 * Events of signed Instagram webhooks per second, durable before they are acknowledged, beside one transaction for each event on the same
 * database; the events are worked off meanwhile. Webhooks of one event, of 20, and of 1,000, these one after the other. `--json` prints an object a
 * line.
 */
const path = "/api/webhooks/instagram";
const load = (connections: number, events: number): Measured["load"] => ({
  paths: [path],
  connections,
  body: { kind: "webhook", events, secret: APP_SECRET },
});
if (!json) console.log(`POST ${path}, 128 connections, ${seconds} s: events acknowledged per second`);
await compare([
  { name: "transactions", way: "transactions", load: load(128, 1) },
  { name: "batches", way: "batches", load: load(128, 1) },
  { name: "of 20 events", way: "batches", load: load(128, 20) },
  { name: "of 1,000 events", way: "batches", load: load(1, 1_000) },
]);
