import { describe, expect, it } from "vitest";
import { callerOf, makeCustomer } from "../testing/factories.ts";
import { createTestDeps, describeOnBothDatabases } from "../testing/test-deps.ts";
import { greetingText } from "./greeting.ts";
import type { CustomerHistory } from "./schema.ts";
import { historyInput } from "./schema.ts";

const textsOf = (page: CustomerHistory) => page.messages.map((message) => message.text);
const count = (to: number) => Array.from({ length: to }, (_, at) => String(at + 1));

describeOnBothDatabases("support.history", (world) => {
  /** A customer who has been greeted today and has then written these. */
  async function withMessages(texts: string[]) {
    const customer = makeCustomer();
    const api = world.as(customer).support;
    await api.history({});
    for (const text of texts) await world.writeAs(customer, { text });
    return { customer, api };
  }

  it("pages from the newest backwards, each page oldest first, without gap or repeat", async () => {
    const { api } = await withMessages(count(7));
    const first = await api.history({ limit: 3 });
    expect([textsOf(first), first.hasMore]).toEqual([["5", "6", "7"], true]);
    const second = await api.history({ limit: 3, beforeId: first.messages[0]?.id });
    expect([textsOf(second), second.hasMore]).toEqual([["2", "3", "4"], true]);
    const last = await api.history({ limit: 3, beforeId: second.messages[0]?.id });
    expect([textsOf(last), last.hasMore]).toEqual([["Здравствуйте, Anna!", "1"], false]);
    expect(await api.history({ beforeId: last.messages[0]?.id })).toMatchObject({ messages: [], hasMore: false });
  });

  it("says hasMore only when there is more than the limit", async () => {
    const { api } = await withMessages(count(2));
    expect((await api.history({ limit: 3 })).hasMore).toBe(false);
    expect((await api.history({ limit: 2 })).hasMore).toBe(true);
  });

  it("keeps its pages while new messages come in", async () => {
    const { customer, api } = await withMessages(count(4));
    const first = await api.history({ limit: 2 });
    await world.writeAs(customer, { text: "new" });
    expect(textsOf(await api.history({ limit: 2, beforeId: first.messages[0]?.id }))).toEqual(["1", "2"]);
  });

  it("never shows notes or event lines, nor who exactly an agent is", async () => {
    const { api } = await withMessages(["Help"]);
    const agent = await world.makeAgent();
    const staff = world.as(agent).support;
    const [message] = (await api.history({ limit: 1 })).messages;
    const conversationId = message?.conversationId ?? 0;
    const note = await staff.note({ conversationId, text: "internal", clientId: "n1" });
    await staff.assign({ conversationId, assigneeId: agent.personId });
    await staff.setStatus({ conversationId, status: "pending" });
    await staff.reply({ conversationId, text: "Answer", clientId: "r1", replyToId: note.message.id });
    const page = await api.history({});
    expect(page.messages.map((one) => one.kind)).toEqual(["greeting", "customer", "agent"]);
    expect(JSON.stringify(page)).not.toMatch(/internal|pending|assigned/);
    expect(page.messages[2]).toMatchObject({ author: { id: null, name: "Olga" }, replyTo: null, deliveries: [] });
  });

  it("shows no other customer's messages", async () => {
    await withMessages(["secret"]);
    const { api } = await withMessages(["mine"]);
    expect(textsOf(await api.history({}))).toEqual(["Здравствуйте, Anna!", "mine"]);
  });

  it("tells how far an agent has read", async () => {
    const { api } = await withMessages(["one", "two"]);
    const page = await api.history({});
    expect(page.agentReadId).toBe(0);
    const [, one] = page.messages;
    const staff = world.as(await world.makeAgent()).support;
    await staff.markConversationRead({ conversationId: one?.conversationId ?? 0, messageId: one?.id ?? 0 });
    expect((await api.history({})).agentReadId).toBe(one?.id);
  });

  describe("greeting", () => {
    it("comes with the first history of a UTC day, by name, and not again that day", async () => {
      const customer = makeCustomer({ name: "Анна" });
      const api = world.as(customer).support;
      world.deps.clock.set("2026-03-10T00:00:00.000Z");
      expect(textsOf(await api.history({}))).toEqual(["Здравствуйте, Анна!"]);
      world.deps.clock.set("2026-03-10T23:59:59.999Z");
      expect(textsOf(await api.history({}))).toHaveLength(1);
      world.deps.clock.set("2026-03-11T00:00:00.000Z");
      expect(textsOf(await api.history({}))).toHaveLength(2);
    });

    it("knows a customer without a name, too", () => {
      expect([greetingText(null), greetingText("Анна")]).toEqual(["Здравствуйте!", "Здравствуйте, Анна!"]);
    });

    it("comes once for 20 requests at once, on two nodes, and with the shortcut lost", async () => {
      const nodes = [world.deps, createTestDeps(world.database)];
      const customer = makeCustomer();
      await Promise.all(
        Array.from({ length: 20 }, (_, at) => callerOf(nodes[at % 2] ?? world.deps, customer).support.history({})),
      );
      // Another object for the same database: a node that has just started remembers nothing.
      const restarted = createTestDeps(world.database, { db: new Proxy(world.database.db, {}) });
      expect(textsOf(await callerOf(restarted, customer).support.history({}))).toEqual(["Здравствуйте, Anna!"]);
      expect(await world.countRows("messages")).toBe(1);
    });

    it("comes to an older page never", async () => {
      const api = world.as(makeCustomer()).support;
      expect(await api.history({ beforeId: 5 })).toMatchObject({ messages: [] });
      expect(await world.countRows("messages")).toBe(0);
    });

    it("opens no row of the inbox and owes nothing, also when the customer reads it", async () => {
      const api = world.as(makeCustomer()).support;
      const [greeting] = (await api.history({})).messages;
      await api.markRead({ messageId: greeting?.id ?? 0 });
      const staff = world.as(await world.makeAgent()).support;
      expect(await staff.inbox({})).toMatchObject({ conversations: [], counts: { all: 0 } });
      expect(world.deps.bus.published.filter(({ topic }) => topic.startsWith("support.inbox"))).toEqual([]);
      expect(await world.countRows("outbox")).toBe(0);
    });

    it("does not lift a conversation that was there", async () => {
      const customer = makeCustomer();
      await world.writeAs(customer, { text: "Help" });
      const staff = world.as(await world.makeAgent()).support;
      const before = await staff.inbox({});
      world.deps.clock.advance(1_000);
      await world.as(customer).support.history({});
      expect(await staff.inbox({})).toEqual(before);
    });

    it("is not kept from the day by a message that took its client id", async () => {
      const customer = makeCustomer();
      const clientId = `greeting:${world.deps.now().toISOString().slice(0, 10)}`;
      await expect(world.writeAs(customer, { clientId })).rejects.toMatchObject({ code: "VALIDATION" });
      expect(textsOf(await world.as(customer).support.history({}))).toHaveLength(1);
    });
  });

  it("markRead moves forward only, and not past the newest message", async () => {
    const { api } = await withMessages(["one", "two"]);
    const staff = world.as(await world.makeAgent()).support;
    const readId = async () => (await staff.inbox({})).conversations[0]?.customerReadId;
    const own = await readId();
    const conversationId = (await staff.inbox({})).conversations[0]?.id ?? 0;
    const { message } = await staff.reply({ conversationId, text: "Answer", clientId: "r1" });
    expect(await readId()).toBe(own);
    await api.markRead({ messageId: Number.MAX_SAFE_INTEGER });
    expect(await readId()).toBe(message.id);
    await api.markRead({ messageId: 1 });
    expect(await readId()).toBe(message.id);
    const published = world.deps.bus.published.length;
    await api.markRead({ messageId: message.id });
    expect(world.deps.bus.published).toHaveLength(published);
  });

  it("markRead does nothing when the customer is unknown", async () => {
    await world.as(makeCustomer()).support.markRead({ messageId: 5 });
    expect(await world.countRows("conversations")).toBe(0);
  });
});

it.each([
  [{}, true],
  [{ limit: 1 }, true],
  [{ limit: 200 }, true],
  [{ limit: 0 }, false],
  [{ limit: 201 }, false],
  [{ limit: 1.5 }, false],
  [{ limit: "50" }, false],
  [{ beforeId: 0 }, false],
  [{ beforeId: 2 ** 53 }, false],
])("historyInput %j: %j", (input, accepted) => {
  expect(historyInput.safeParse(input).success).toBe(accepted);
});
