import { telegramHistory } from "@pult/db/schema/chats.ts";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { z } from "zod";
import type { Message } from "../../chats/schema.ts";
import { type Agent, makeAgent, refusal } from "../../testing/factories.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { newMessage, startWorkflows, storeAccount, tell } from "../../testing/workflows.ts";
import type { Condition, createAutomationInput, TextMatch } from "./schema.ts";

const WITHIN = { timeout: 15_000, interval: 20 };
const textOf = (mode: TextMatch["mode"], ...values: string[]): TextMatch => ({ mode, values });
const ANY = textOf("any");
const REPLY = { type: "reply", text: "Hello {firstName}" } as const;

describeOnDatabases("Automations", (world) => {
  let agent: Agent;
  let accountId: string;
  let storeId: string;
  let stop = async () => {};
  beforeEach(async () => {
    agent = await makeAgent(world.deps);
    ({ accountId, storeId } = await storeAccount(world.deps, `agent:${agent.personId}`));
  });
  afterEach(async () => {
    await stop();
    stop = async () => {};
  });

  const api = (actor = agent) => world.as(actor).chats.automations;
  const create = (given: Partial<z.input<typeof createAutomationInput>> = {}) =>
    api().create({ name: "Greeting", trigger: { type: "messageMatches", text: ANY }, actions: [REPLY], ...given });
  const start = () => {
    stop = startWorkflows(world.deps);
  };
  const say = (id: string, given: Partial<Message> = {}) =>
    tell(world.deps, accountId, newMessage(accountId, { id, ...given }));
  const runsOf = async (automationId: string) => (await api().runs({ automationId })).items;
  const replies = () =>
    world.query<{ text: string; clientId: string; sentBy: string }>(
      sql`select text, client_id as "clientId", sent_by as "sentBy" from telegram_sends order by id`,
    );
  /** Waits until the worker has read everything that was told so far: a last message is answered by an automation of the test. */
  async function settle(): Promise<void> {
    // It is asked after those that are older.
    world.deps.clock.advance(1);
    const text = `settled ${crypto.randomUUID()}`;
    const trigger = { type: "messageMatches", text: textOf("contains", text) } as const;
    const { id } = await create({ name: "Settled", trigger, actions: [{ type: "notify", personId: null }] });
    await say("1000000", { text, chatId: "8" });
    await vi.waitFor(async () => expect((await runsOf(id))[0]?.state).toBe("done"), WITHIN);
    await api().delete({ id });
    const pending = () => world.query(sql`select id from automation_runs where state = 'pending'`);
    await vi.waitFor(async () => expect(await pending()).toEqual([]), WITHIN);
  }
  const addChat = (chatId: number) =>
    world.deps.db.execute(sql`
      insert into telegram_chats (id, store_id, chat_id, type, title, has_dialog, created_at, updated_at)
      values (${`${storeId}/${chatId}`}, ${storeId}, ${chatId}, 'private', 'Other', true, now(), now())`);

  it("answer what follows, once and as their agent, and say what they did", async () => {
    await say("1");
    const { id } = await create();
    start();
    await say("2", { text: "Hi" });
    await vi.waitFor(async () => expect(await runsOf(id)).toMatchObject([{ state: "done" }]), WITHIN);
    const [run] = await runsOf(id);
    expect(run).toMatchObject({ type: "newMessage", chatId: "7", chatTitle: "Boris", conditions: [] });
    expect(run?.actions).toEqual([{ type: "reply", state: "done", error: null, errorKey: null }]);
    expect(await replies()).toEqual([
      { text: "Hello Boris", clientId: `auto:${id}:${run?.eventId}`, sentBy: agent.personId },
    ]);
    // Another process goes on from the place that this one stored.
    await stop();
    await addChat(8);
    start();
    await settle();
    expect(await runsOf(id)).toHaveLength(2);
    expect(await replies()).toHaveLength(2);
  });

  it.each([
    [{ mode: "contains", values: ["price", "цен"] }, ["What PRICE?", "какая Цена"], ["hello"]],
    [{ mode: "words", values: ["order status"] }, ["my order: status?"], ["order statuses", "status order"]],
    [{ mode: "pattern", values: ["#\\d{3}"] }, ["about #123"], ["#12"]],
  ] as const)("match texts by %j", async (match, found, not) => {
    await addChat(8);
    const text = textOf(match.mode, ...match.values);
    const { id } = await create({ trigger: { type: "messageMatches", text, direction: "incoming" } });
    start();
    for (const [index, words] of [...found, ...not].entries()) await say(String(index + 1), { text: words });
    await say("99", { text: found[0], isOutgoing: true });
    await settle();
    expect(await runsOf(id)).toHaveLength(found.length);
  });

  it("start nothing by what they send, and stop at 20 runs of a chat in an hour", async () => {
    await addChat(8);
    const trigger = { type: "messageMatches", text: ANY, direction: "all" } as const;
    const { id } = await create({ trigger, actions: [{ type: "notify", personId: null }] });
    start();
    await say("1", { isOutgoing: true, clientId: `auto:${id}:x` });
    for (let index = 2; index <= 26; index++) await say(String(index));
    await vi.waitFor(
      async () => expect((await api().runs({ automationId: id, state: "limited" })).totalCount).toBe(5),
      WITHIN,
    );
    await vi.waitFor(
      async () => expect((await api().runs({ automationId: id, state: "done" })).totalCount).toBe(20),
      WITHIN,
    );
    world.deps.clock.advance(61 * 60_000);
    await say("27");
    await vi.waitFor(async () => expect((await runsOf(id))[0]).toMatchObject({ state: "done" }), WITHIN);
  });

  it("do not answer what another linked account sent by itself", async () => {
    await addChat(8);
    const other = await storeAccount(world.deps, `agent:${agent.personId}`);
    const { id } = await create();
    start();
    await say("1", { text: "Ping" });
    await vi.waitFor(async () => expect(await replies()).toHaveLength(1), WITHIN);
    const [me] = await world.query<{ userId: string }>(
      sql`select user_id::text as "userId" from telegram_stores where id = ${storeId}`,
    );
    const echo = { id: "1", senderId: me?.userId ?? null, text: "Hello Boris" };
    await tell(world.deps, other.accountId, newMessage(other.accountId, echo));
    await settle();
    expect((await runsOf(id)).map(({ chatTitle }) => chatTitle)).toEqual(["Other", "Boris"]);
  });

  it("ask their conditions, and show which did not hold", async () => {
    await addChat(8);
    const days = [1, 2, 3, 4, 5];
    const hours: Condition = { type: "hours", isInside: true, from: "09:00", to: "18:00", days, timeZone: "UTC" };
    const { id } = await create({
      conditions: [
        { type: "account", accountIds: [accountId] },
        { type: "chatType", chatTypes: ["private"] },
        { type: "hasMedia", value: false },
        { type: "text", text: { mode: "words", values: ["hello"] } },
        hours,
      ],
    });
    start();
    await say("1");
    await vi.waitFor(async () => expect(await runsOf(id)).toMatchObject([{ state: "done" }]), WITHIN);
    world.deps.clock.set("2026-03-10T20:00:00Z");
    await say("2", { text: "Bye" });
    await vi.waitFor(
      async () => expect((await runsOf(id))[0]).toMatchObject({ state: "skipped", actions: [] }),
      WITHIN,
    );
    expect((await runsOf(id))[0]?.conditions.filter(({ holds }) => !holds)).toEqual([
      { type: "text", holds: false },
      { type: "hours", holds: false },
    ]);
    expect(await replies()).toHaveLength(1);
  });

  it("answer once to a message that had no answer for a time, over a restart, and not to an answered one", async () => {
    await addChat(8);
    const { id } = await create({ trigger: { type: "noAnswer", minutes: 10 } });
    start();
    await say("1");
    await say("2", { date: "2026-03-10T12:05:00.000Z" });
    await say("3", { chatId: "8" });
    await say("4", { chatId: "8", isOutgoing: true });
    await vi.waitFor(
      async () => expect(await world.query(sql`select chat_id from automation_waits`)).toEqual([{ chat_id: "7" }]),
      WITHIN,
    );
    await stop();
    world.deps.clock.advance(10 * 60_000);
    start();
    await vi.waitFor(async () => expect(await runsOf(id)).toMatchObject([{ state: "done", chatId: "7" }]), WITHIN);
    await say("5", { isOutgoing: true, clientId: `auto:${id}:x` });
    world.deps.clock.advance(20 * 60_000);
    await say("6", { date: world.deps.now().toISOString() });
    world.deps.clock.advance(10 * 60_000);
    await vi.waitFor(async () => expect(await replies()).toHaveLength(2), WITHIN);
    expect(await runsOf(id)).toHaveLength(2);
  });

  it("know a chat that is new", async () => {
    await addChat(8);
    const { id } = await create({ trigger: { type: "newChat" } });
    const store = (messageId: number) =>
      world.deps.db.insert(telegramHistory).values({
        ...{ storeId, chatId: 7, id: messageId, text: "Hello", date: world.deps.now(), isOutgoing: false },
      });
    start();
    await store(1);
    await say("1");
    await vi.waitFor(async () => expect(await runsOf(id)).toHaveLength(1), WITHIN);
    await store(2);
    await say("2");
    await settle();
    expect((await runsOf(id)).filter(({ chatId }) => chatId === "7")).toHaveLength(1);
  });

  it("call a webhook, tell an agent, show what was refused, and try that again", async () => {
    const hook = await world
      .as(agent)
      .chats.webhooks.create({ name: "CRM", url: "https://crm.example.com/", events: ["read"] });
    const actions = [
      { type: "notify" as const, personId: null },
      { type: "webhook" as const, webhookId: hook.id },
      REPLY,
    ];
    const { id } = await create({ name: "Alarm", actions });
    await world.deps.db.execute(sql`update telegram_sessions set status = 'EXPIRED'`);
    start();
    await say("1", { text: "Help" });
    await vi.waitFor(async () => expect(await runsOf(id)).toMatchObject([{ state: "failed" }]), WITHIN);
    const [run] = await runsOf(id);
    expect(run?.actions).toMatchObject([
      { type: "notify", state: "done" },
      { type: "webhook", state: "done" },
      { type: "reply", state: "failed", errorKey: "chats.accountExpired" },
    ]);
    expect((await world.as(agent).notifications.inbox.list({})).notices).toMatchObject([
      { kind: "workflows.automation", title: "Alarm: Boris", body: "Help" },
    ]);
    await vi.waitFor(
      () =>
        expect(world.deps.webhooks.bodies).toMatchObject([
          { id: `auto:${id}:${run?.eventId}`, type: "newMessage", automation: { id, name: "Alarm" } },
        ]),
      WITHIN,
    );
    await world.deps.db.execute(sql`update telegram_sessions set status = 'AUTHORIZED'`);
    await api().replay({ runId: run?.id ?? "" });
    await vi.waitFor(async () => expect(await runsOf(id)).toMatchObject([{ state: "done" }]), WITHIN);
    expect(world.deps.webhooks.calls).toHaveLength(1);
    expect(await replies()).toHaveLength(1);
    await expect(api().replay({ runId: run?.id ?? "" })).rejects.toMatchObject(refusal("CONFLICT"));
  });

  it("do not answer what came while they were off", async () => {
    await addChat(8);
    const { id } = await create({ isActive: false });
    start();
    await say("1");
    await api().update({ id, isActive: true });
    await settle();
    expect((await runsOf(id)).map(({ chatId }) => chatId)).toEqual(["8"]);
  });

  it("change the contact of a chat once, and what they change sets off none", async () => {
    const crm = world.as(agent).chats;
    const [tag, other] = [await crm.tags.create({ name: "Lead" }), await crm.tags.create({ name: "VIP" })];
    const chain = await create({ name: "Chain", trigger: { type: "tagSet", tagIds: [tag.id] } });
    const { id } = await create({
      actions: [
        { type: "tag", tagIds: [tag.id] },
        { type: "assign", personId: agent.personId },
        { type: "createDeal", name: "From chat" },
        { type: "createTask", title: "Call back", hours: 2 },
      ],
      conditions: [
        { type: "tag", tagIds: [other.id], value: false },
        { type: "tag", tagIds: [tag.id], value: false },
      ],
    });
    start();
    await say("1");
    await vi.waitFor(async () => expect(await runsOf(id)).toMatchObject([{ state: "done" }]), WITHIN);
    const contact = async () => (await crm.contacts.list({})).items[0];
    expect(await contact()).toMatchObject({
      ...{ name: "Boris", telegramUserId: "7", ownerId: agent.personId },
      tags: [{ id: tag.id }],
    });
    const deals = async () => (await crm.deals.list({})).items;
    expect(await deals()).toMatchObject([{ name: "From chat", contactName: "Boris" }]);
    expect((await crm.tasks.list({})).items).toMatchObject([{ title: "Call back", dueAt: "2026-03-10T14:00:00.000Z" }]);
    await say("2");
    await vi.waitFor(async () => expect(await runsOf(id)).toMatchObject([{ state: "skipped" }, {}]), WITHIN);
    expect(await deals()).toHaveLength(1);
    expect(await runsOf(chain.id)).toEqual([]);
  });

  it("answer to deals that agents move and tags that they set, in the chat of the contact", async () => {
    const crm = world.as(agent).chats;
    const tag = await crm.tags.create({ name: "Lead" });
    const contact = await crm.contacts.create({ name: "Boris B.", telegramUserId: "7" });
    const [pipeline] = (await crm.pipelines.list()).items;
    const [first, second, third] = pipeline?.stages ?? [];
    const deal = await crm.deals.create({ name: "Boat", contactId: contact.id, stageId: first?.id });
    const moved = await create({
      trigger: { type: "dealMoved", stageIds: [third?.id ?? ""] },
      conditions: [{ type: "stage", stageIds: [third?.id ?? ""] }],
      actions: [{ type: "reply", text: "Your boat is ready, {firstName}" }],
    });
    const tagged = await create({
      trigger: { type: "tagSet", tagIds: [tag.id] },
      actions: [{ type: "notify", personId: null }],
    });
    start();
    const { version } = await crm.deals.move({ id: deal.id, version: deal.version, stageId: second?.id ?? "" });
    await crm.deals.move({ id: deal.id, version, stageId: third?.id ?? "" });
    await crm.tags.assign({ entity: "contact", ids: [contact.id], add: [tag.id] });
    await vi.waitFor(
      async () => expect(await runsOf(moved.id)).toMatchObject([{ state: "done", chatId: "7" }]),
      WITHIN,
    );
    expect((await replies()).map(({ text }) => text)).toEqual(["Your boat is ready, Boris"]);
    await vi.waitFor(
      async () => expect(await runsOf(tagged.id)).toMatchObject([{ state: "done", chatTitle: "Boris B." }]),
      WITHIN,
    );
  });

  it("refuse patterns that cannot be matched safely, webhooks of others, and other people's automations", async () => {
    const trigger = { type: "messageMatches", text: textOf("pattern", "(a)\\1") } as const;
    await expect(create({ trigger })).rejects.toMatchObject({ code: "BAD_REQUEST" });
    const colleague = await makeAgent(world.deps);
    const hook = await world.as(colleague).chats.webhooks.create({ name: "X", url: "https://x.example.com/" });
    await expect(create({ actions: [{ type: "webhook", webhookId: hook.id }] })).rejects.toMatchObject(
      refusal("NOT_FOUND"),
    );
    const { id } = await create();
    expect(await api(colleague).list()).toEqual({ items: [] });
    await expect(api(colleague).delete({ id })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await api().delete({ id });
    expect((await world.listAudit("automations.deleted"))[0]).toMatchObject({ targetName: "Greeting" });
  });
});
