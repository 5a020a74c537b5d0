import type { Database } from "@pult/db/database.ts";
import { automationRuns } from "@pult/db/schema/workflows.ts";
import { type SQL, sql } from "drizzle-orm";
import { beforeEach, expect, it } from "vitest";
import type { z } from "zod";
import { type Agent, makeAgent } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { newMessage, storeAccount } from "../../testing/workflows.ts";
import { runHandler } from "./run.ts";
import type { action } from "./schema.ts";

type Kind = "reply" | "notify" | "webhook" | "tag" | "assign" | "createDeal" | "createTask";

const CRASH = new Error("The process ended");

/** A database whose process ends with one of its statements or transactions: before it takes effect, or after. */
function endingAt(db: Database, at: number, isAfter: boolean): Database {
  let calls = 0;
  const call = async <Result>(run: () => Promise<Result>, fail: () => Promise<Result>): Promise<Result> => {
    calls += 1;
    if (calls > at) throw CRASH;
    if (calls < at) return run();
    if (!isAfter) return fail();
    await run();
    throw CRASH;
  };
  const ended = async (): Promise<never> => {
    throw CRASH;
  };
  return new Proxy(db, {
    get(target, name) {
      if (name === "execute") return (query: SQL) => call(async () => target.execute(query), ended);
      if (name === "transaction")
        return (work: Parameters<Database["transaction"]>[0]) =>
          call(
            () => target.transaction(work),
            () =>
              target.transaction(async (tx) => {
                await work(tx);
                throw CRASH;
              }),
          );
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
}

describeOnDatabases("An action of an automation", (world) => {
  let agent: Agent;
  let accountId: string;
  beforeEach(async () => {
    agent = await makeAgent(world.deps);
    ({ accountId } = await storeAccount(world.deps, `agent:${agent.personId}`));
  });

  const count = async (from: SQL): Promise<number> => {
    const [row] = await world.query<{ count: number }>(sql`select count(*)::int as count from ${from}`);
    return row?.count ?? 0;
  };
  /** What is made, and what an agent does meanwhile that a repeat would undo. */
  const EFFECTS: Readonly<Record<Kind, { made: SQL; meanwhile?: SQL }>> = {
    reply: { made: sql`telegram_sends` },
    notify: { made: sql`notices`, meanwhile: sql`update notices set read_at = now()` },
    webhook: { made: sql`webhook_deliveries` },
    tag: { made: sql`crm_changes where kind = 'tagged'`, meanwhile: sql`delete from crm_tagged` },
    assign: {
      made: sql`crm_changes where kind = 'updated'`,
      meanwhile: sql`update crm_contacts set owner_id = null`,
    },
    createDeal: { made: sql`crm_deals` },
    createTask: { made: sql`crm_tasks` },
  };

  async function actionOf(kind: Kind): Promise<z.input<typeof action>> {
    const { chats } = world.as(agent);
    switch (kind) {
      case "reply":
        return { type: kind, text: "Hello" };
      case "notify":
        return { type: kind, personId: null };
      case "webhook":
        return {
          type: kind,
          webhookId: (await chats.webhooks.create({ name: "W", url: "https://w.example.com/" })).id,
        };
      case "tag":
        return { type: kind, tagIds: [(await chats.tags.create({ name: "Lead" })).id] };
      case "assign":
        return { type: kind, personId: agent.personId };
      case "createDeal":
        return { type: kind, name: "Boat" };
      case "createTask":
        return { type: kind, title: "Call" };
    }
  }

  async function storeRun(automationId: string, type: Kind, index: number): Promise<number> {
    const [run] = await world.deps.db
      .insert(automationRuns)
      .values({
        ...{ automationId, accountId, chatId: "7", chatTitle: "Boris", type: "newMessage", state: "pending" },
        ...{ eventId: `event ${index}`, conditions: [], createdAt: world.deps.now() },
        event: { at: world.deps.now().toISOString(), payload: newMessage(accountId, { id: String(index) }) },
        actions: [{ type, state: "pending", error: null, errorKey: null }],
      })
      .returning();
    return run?.id ?? 0;
  }

  it.each(["reply", "notify", "webhook", "tag", "assign", "createDeal", "createTask"] as const)(
    "%s is done once, wherever the process ends meanwhile",
    async (kind) => {
      const { id } = await world.as(agent).chats.automations.create({
        ...{ name: "Once", trigger: { type: "newChat" }, isActive: false },
        actions: [await actionOf(kind)],
      });
      const { made, meanwhile } = EFFECTS[kind];
      let crashes = 0;
      for (let at = 1, isOver = false; !isOver; at++)
        for (const isAfter of [false, true]) {
          const runId = await storeRun(id, kind, at * 2 + Number(isAfter));
          const before = await count(made);
          const deliver = (db: Database) => runHandler.deliver({ ...world.deps, db }, { payload: { runId } } as never);
          const outcome = await deliver(endingAt(world.deps.db, at, isAfter)).catch((error: unknown) => error);
          isOver = outcome !== CRASH;
          if (isOver) expect(outcome).toEqual({ state: "done" });
          else crashes += 1;
          if (meanwhile) await world.deps.db.execute(meanwhile);
          await deliver(world.deps.db);
          expect([kind, at, isAfter, (await count(made)) - before]).toEqual([kind, at, isAfter, 1]);
          if (meanwhile) await world.deps.db.execute(meanwhile);
          expect(await world.query(sql`select actions from automation_runs where id = ${runId}`)).toMatchObject([
            { actions: [{ type: kind, state: "done", errorKey: null }] },
          ]);
        }
      expect(crashes).toBeGreaterThan(3);
    },
  );
});
