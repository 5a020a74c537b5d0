import type { Transaction } from "@pult/db/database.ts";
import { automationRuns, automations } from "@pult/db/schema/workflows.ts";
import { eq } from "drizzle-orm";
import { z } from "zod";
import { selectHolders } from "../../auth/team/holders.ts";
import { viewerOf } from "../../chats/access.ts";
import { sendInput } from "../../chats/inputs.ts";
import type { Message } from "../../chats/schema.ts";
import { queueSend } from "../../chats/sends/send.ts";
import { type ChatFacts, chatKey, selectChatFacts } from "../../chats/store/facts.ts";
import type { Context, Deps } from "../../context.ts";
import type { CrmRecord } from "../../crm/schema.ts";
import { type DomainError, findDomainError } from "../../errors.ts";
import { notify } from "../../notices/notify.ts";
import type { OutboxHandler, OutboxItem } from "../../outbox/outbox.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { why } from "../../outbox/why.ts";
import { appendToLogs, publishAppended } from "../../realtime/log.ts";
import { workflowsError } from "../errors.ts";
import { automationNotice } from "../notices.ts";
import { personOfOwner, selectOwners } from "../owner.ts";
import type { KeptEvent } from "../webhooks/delivery.ts";
import { queueDelivery } from "../webhooks/queue.ts";
import type { AutomationRow } from "./automations.ts";
import { ruleOf } from "./automations.ts";
import { changeRecordsBy, contactOf } from "./crm-actions.ts";
import { DONE, once, type Step, storeOutcome } from "./once.ts";
import { fillIn, OWN_PREFIX } from "./rules.ts";
import type { Action, ActionOutcome } from "./schema.ts";
import { recordsOfChat, type Subject, subjectOfRecord } from "./subjects.ts";

/** The node that holds it reads events for automations and carries out what they do. */
export const AUTOMATIONS_LEASE = "automations";

export type RunRow = typeof automationRuns.$inferSelect;

const payloadSchema = z.object({ runId: z.int() });
type Payload = z.infer<typeof payloadSchema>;

export const runSubject = (id: number): string => `workflows.run:${id}`;

/** Runs go side by side. */
export const runItem = (runId: number, dueAt: Date): OutboxItem<Payload> => ({
  queue: `automation:${runId}`,
  kind: "workflows.run",
  lease: AUTOMATIONS_LEASE,
  priority: "normal",
  dueAt,
  payload: { runId },
  subject: runSubject(runId),
  personId: null,
  route: "automation",
});

interface Run {
  row: RunRow;
  automation: AutomationRow;
  message: Message | null;
  chat: ChatFacts | null;
}

export const runHandler: OutboxHandler<Payload> = {
  schema: payloadSchema,
  lease: () => AUTOMATIONS_LEASE,
  buckets: () => [],
  async deliver(deps, { payload: { runId } }) {
    const found = await findRun(deps, runId);
    if (!found) return { state: "skipped", ...why("gone") };
    const owner = (await selectOwners(deps.db, [found.automation.owner])).get(found.automation.owner);
    for (const [index, action] of ruleOf(found.automation).actions.entries()) {
      const step = { runId, index, type: action.type };
      if ((found.row.actions as ActionOutcome[])[index]?.state === "done") continue;
      const refusal = await refusalOf(async () => {
        if (!owner) throw workflowsError("ownerGone");
        await act({ ...deps, actor: owner, ip: "", userAgent: "" }, found, { action, step });
      });
      if (refusal)
        await storeOutcome(deps.db, step, { state: "failed", error: refusal.message, errorKey: refusal.key });
    }
    return { state: "done" };
  },
  async settled(tx, { payload: { runId } }, settled) {
    await finish(tx, runId, settled.state === "wait" ? null : settled.at);
    return [];
  },
};

async function finish(tx: Transaction, runId: number, at: Date | null): Promise<void> {
  if (at === null) return;
  const [row] = await tx.select().from(automationRuns).where(eq(automationRuns.id, runId)).for("update");
  if (!row) return;
  const isDone = (row.actions as ActionOutcome[]).every(({ state }) => state === "done");
  await tx
    .update(automationRuns)
    .set({ state: isDone ? "done" : "failed", finishedAt: at })
    .where(eq(automationRuns.id, runId));
}

async function findRun({ db }: Deps, id: number): Promise<Run | null> {
  const [found] = await db
    .select({ row: automationRuns, automation: automations })
    .from(automationRuns)
    .innerJoin(automations, eq(automations.id, automationRuns.automationId))
    .where(eq(automationRuns.id, id));
  if (!found) return null;
  const { accountId, chatId } = found.row;
  const place = accountId === null || chatId === null ? null : { accountId, chatId };
  const chat = place ? ((await selectChatFacts(db, [place])).get(chatKey(place)) ?? null) : null;
  if (place && !chat) return null;
  const { message = null } = (found.row.event as KeptEvent).payload as { message?: Message };
  return { ...found, chat, message };
}

/** What is refused stands in the run; what goes wrong in Pult is thrown, and tried again. */
async function refusalOf(call: () => Promise<void>): Promise<DomainError | null> {
  try {
    await call();
    return null;
  } catch (error) {
    const known = findDomainError(error);
    if (!known) throw error;
    return known;
  }
}

interface Acting {
  action: Action;
  step: Step;
}

/** Carries out an action once, and stores that it is done. @throws DomainError as the services that it calls */
async function act(ctx: Context, run: Run, { action, step }: Acting): Promise<void> {
  switch (action.type) {
    case "reply":
      await reply(ctx, run, { text: action.text, index: step.index });
      // Its client id makes a repeat harmless; it may wait for others who write into the chat, so it holds no transaction.
      await storeOutcome(ctx.db, step, DONE);
      return;
    case "notify":
      return once(ctx, step, (inner) => tellAgents(inner, run, { personId: action.personId, index: step.index }));
    case "webhook":
      return once(ctx, step, (inner) => callWebhook(inner, run, action.webhookId));
    case "tag":
    case "assign":
    case "createDeal":
    case "createTask": {
      const contactId = await contactOf(ctx, await subjectOf(ctx, run));
      return once(ctx, step, (inner) => changeRecordsBy(inner, contactId, action));
    }
  }
}

function callWebhook(ctx: Context, { row, automation: { id, name } }: Run, webhookId: string): Promise<void> {
  const { at, payload } = row.event as KeptEvent;
  const told = { ...payload, automation: { id, name } };
  const eventId = `${OWN_PREFIX}${id}:${row.eventId}`;
  return queueDelivery(ctx, { webhookId, eventId, accountId: row.accountId, event: { at, payload: told } });
}

async function subjectOf(ctx: Context, { row, chat }: Run): Promise<Subject> {
  const { record } = (row.event as KeptEvent).payload as { record?: CrmRecord };
  if (record) return { ...(await subjectOfRecord(ctx.db, viewerOf(ctx), record)), chat };
  if (!chat) throw workflowsError("noContact");
  return { chat, records: await recordsOfChat(ctx.db, chat) };
}

async function reply(ctx: Context, run: Run, { text, index }: { text: string; index: number }): Promise<void> {
  const { row, automation, chat } = run;
  if (!chat) throw workflowsError("noChat");
  const clientId = `${OWN_PREFIX}${automation.id}:${row.eventId}${index === 0 ? "" : `:${index}`}`;
  const { accountId, chatId } = chat;
  await queueSend(ctx, sendInput.parse({ accountId, chatId, clientId, text: fillIn(text, chat) }));
}

async function tellAgents(
  ctx: Context,
  { row, automation, message }: Run,
  { personId, index }: { personId: string | null; index: number },
): Promise<void> {
  const chosen = personId ?? personOfOwner(automation.owner);
  const { accountId, chatId } = row;
  const [title, text] = [row.chatTitle ?? "", message?.text ?? ""];
  const told = await ctx.db.transaction(async (tx) => {
    const readers = chosen === null ? await selectHolders(tx, "auth:write") : [chosen];
    const notified = await notify(
      tx,
      ctx.now(),
      readers.map((reader) => ({
        kind: automationNotice,
        personId: reader,
        event: `automation:${row.id}:${index}`,
        about: `workflows.automation:${automation.id}`,
        data: { automationId: automation.id, name: automation.name, accountId, chatId, title, text },
      })),
    );
    return { appended: await appendToLogs(tx, notified.entries), owes: notified.owes };
  });
  publishAppended(ctx.bus, told.appended);
  if (told.owes) publishDue(ctx.bus);
}
