import { json } from "./setup.ts";
import { compare, type Measured, seconds } from "./writes/compare.ts";

/**
 * Acknowledged support messages per second through the documented `POST /send_message`, durable, beside one transaction per message on the
 * same database. Limits are lifted for the run. `--json` prints an object a line.
 */
const load: Measured["load"] = {
  paths: ["/send_message"],
  connections: 128,
  body: { kind: "message", customers: 200 },
};
if (!json)
  console.log(
    `POST /send_message, ${load.connections} connections, ${seconds} s, limits lifted: acknowledged per second`,
  );
await compare([
  { name: "transactions", way: "transactions", load },
  { name: "batches", way: "batches", load },
]);
