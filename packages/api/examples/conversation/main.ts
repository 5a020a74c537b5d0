import process from "node:process";
import { createClient } from "@pult/api/client.ts";
import { followLog } from "@pult/api/follow-log.ts";
import type { CustomerEvent, CustomerHistory, Message } from "@pult/api/support/schema.ts";

const { PULT_URL: url = "http://127.0.0.1:3000", PULT_API_KEY: token } = process.env;
const [userId, text] = process.argv.slice(2);
if (!token || !userId || !text) {
  process.stderr.write("Usage: PULT_URL=… PULT_API_KEY=… node main.ts <customer's id> <text>\n");
  process.exit(2);
}

const client = createClient({ url, token });
const following = Promise.withResolvers<void>();
const answered = Promise.withResolvers<void>();

const print = ({ kind, author, text: said }: Message) => process.stdout.write(`${kind}  ${author.name}: ${said}\n`);

// Nothing is missed from here on: after a cut it goes on behind the last event that was heard.
const stop = followLog<CustomerEvent, CustomerHistory>(
  (input, handlers) => client.api.support.onMessage.subscribe({ ...input, userId }, handlers),
  {
    onPosition(snapshot) {
      // With a snapshot when it was away for too long to go on: this is how things stand now.
      for (const message of snapshot?.messages ?? []) print(message);
      following.resolve();
    },
    onEvent(event) {
      if (event.type !== "messageSent") return;
      print(event.message);
      if (event.message.kind === "agent") answered.resolve();
    },
    onError: (error) => answered.reject(error),
  },
);

try {
  await Promise.race([following.promise, answered.promise]);
  // A repeat with the same client id, after a timeout for example, stores nothing twice.
  await client.api.support.send.mutate({ userId, text, clientId: crypto.randomUUID() });
  await answered.promise;
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
  process.exitCode = 1;
} finally {
  stop();
  client.close();
}
