import { outbox } from "@pult/db/schema/outbox.ts";
import { conversations } from "@pult/db/schema/support.ts";
import { telegramUpdates } from "@pult/db/schema/telegram.ts";
import { sql } from "drizzle-orm";
import type { Context } from "../context.ts";
import { sweepAttempts } from "../push/slice.ts";
import { sweepRows } from "../retention/sweep-rows.ts";
import type { Slice } from "../slice.ts";
import { repeating } from "../workers.ts";
import { assign, reply } from "./agent-service.ts";
import { appCustomer } from "./customer.ts";
import { sendAsCustomer } from "./customer-service.ts";
import { conversationTopic, customerTopic, inboxTopic } from "./events.ts";
import { fetchHandler } from "./fetch-later.ts";
import { instagramHandler } from "./instagram-delivery.ts";
import { messageWriterOf } from "./message-writer.ts";
import { supportNotices } from "./notices.ts";
import { countOldMessages, deleteOldMessages } from "./old-messages.ts";
import { pushHandler } from "./outbox-handlers.ts";
import { personalData } from "./personal-data.ts";
import { supportReceiver } from "./telegram-desk.ts";
import { telegramHandler } from "./telegram-handler.ts";
import { wakeSnoozed } from "./upkeep.ts";
import { tellOfWaiting } from "./waiting.ts";

const kept30Days = { defaultDays: 30, scope: "support:write" } as const;

export const supportSlice: Slice = {
  name: "support",
  logs: [conversationTopic, customerTopic, inboxTopic],
  retention: [
    {
      kind: "resolvedMessages",
      defaultDays: null,
      scope: "support:write",
      sweep: (ctx, { before, dryRun }) => (dryRun ? countOldMessages(ctx.db, before) : deleteOldMessages(ctx, before)),
    },
    { kind: "pushAttempts", ...kept30Days, sweep: sweepAttempts },
    {
      kind: "telegramUpdates",
      ...kept30Days,
      sweep: sweepRows(telegramUpdates, (before) => sql`processed_at < ${before}`),
    },
    // Failed deliveries stay, so that they can be retried.
    {
      kind: "finishedOutbox",
      ...kept30Days,
      sweep: sweepRows(outbox, (before) => sql`state in ('done', 'skipped') and finished_at < ${before}`),
    },
  ],
  personalData,
  outbox: {
    "support.fetch": fetchHandler,
    "support.telegram": telegramHandler,
    "support.push": pushHandler,
    "support.instagram": instagramHandler,
  },
  workers: [
    repeating({ name: "support.snoozed", lease: "support", everyMs: 5_000 }, wakeSnoozed),
    repeating({ name: "support.waiting", lease: "support", everyMs: 5_000 }, tellOfWaiting),
  ],
  notices: supportNotices,
  telegram: supportReceiver,
  sealedColumns: [],
  metrics: [
    {
      name: "pult_writes_waiting",
      help: "Messages that wait for a transaction to be written in",
      kind: "gauge",
      read: (ctx) => messageWriterOf(ctx).waiting,
    },
  ],
  storedFiles: async () => [],
  inventory: async (db) => ({ conversations: await db.$count(conversations) }),
  drain: (ctx) => messageWriterOf(ctx).idle(),
  demo: seedDemo,
};

/** Plainly invented conversations, once: repeats change nothing. */
async function seedDemo(agent: Context): Promise<void> {
  for (const { id, name, lines, answer } of CONVERSATIONS) {
    const customer = appCustomer(id, name);
    for (const [at, text] of lines.entries()) {
      const { message } = await sendAsCustomer(agent, customer, { text, photoIds: [], clientId: `demo:${id}:${at}` });
      const { conversationId } = message;
      if (!answer || at > 0) continue;
      await reply(agent, { conversationId, text: answer, photoIds: [], clientId: `demo:${id}:answer` });
      if (agent.actor.kind === "agent") await assign(agent, { conversationId, assigneeId: agent.actor.personId });
    }
  }
}

const CONVERSATIONS = [
  {
    id: "demo-11",
    name: "Demo customer 11",
    lines: ["Can I change the delivery address before the parcel leaves?", "It should go to the office instead."],
    answer: "Yes, until 16:00 today. What is the new address?",
  },
  {
    id: "demo-12",
    name: "Demo customer 12",
    lines: ["Is the blue one back in stock? I saw it in the story."],
    answer: null,
  },
  { id: "demo-13", name: "Demo customer 13", lines: ["The code works now, thanks"], answer: "Glad to hear it." },
];
