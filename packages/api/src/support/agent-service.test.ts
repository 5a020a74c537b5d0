import { describe, expect, it } from "vitest";
import { type callerOf, keyWith, makeCustomer, makeTelegramCustomer, refusal, SYSTEM } from "../testing/factories.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { conversationTopic, customerKey, customerTopic } from "./events.ts";
import { wakeSnoozed } from "./upkeep.ts";

const HOUR_MS = 60 * 60_000;

type Api = ReturnType<typeof callerOf>["support"];

describeOnDatabases("Agents", (world) => {
  /** A conversation of one message and an agent who sees it. */
  async function start(customer = makeCustomer()) {
    const message = await world.writeAs(customer, { text: "Help" });
    const agent = await world.makeAgent({ name: "Olga" });
    const api = world.as(agent).support;
    const { conversationId } = message;
    const row = async () => {
      const page = await api.conversation({ conversationId });
      return page.conversation;
    };
    const lines = async () => {
      const page = await api.conversation({ conversationId });
      return page.messages.map((one) => one.change ?? `${one.kind}: ${one.text}`);
    };
    return { customer, message, agent, api, conversationId, row, lines };
  }

  describe("reply", () => {
    it("reaches the thread under the agent's name, and clears the unread mark", async () => {
      const { api, agent, conversationId, row, message } = await start();
      expect((await row()).unreadCount).toBe(1);
      const reply = await api.reply({ conversationId, text: "Answer", clientId: "r1", replyToId: message.id });
      expect(reply.message).toMatchObject({
        kind: "agent",
        source: "dashboard",
        author: { id: agent.personId, name: "Olga" },
        replyTo: { id: message.id, author: "Anna", text: "Help" },
        deliveries: [{ leg: "push", state: "pending" }],
      });
      expect(await row()).toMatchObject({
        unreadCount: 0,
        lastMessage: { kind: "agent", text: "Answer", author: "Olga" },
      });
    });

    it("by a server carries the key's name", async () => {
      const { conversationId } = await start();
      const api = world.as(keyWith("support:write")).support;
      const { message } = await api.reply({ conversationId, text: "Bot answer", clientId: "r1" });
      expect(message).toMatchObject({ source: "api", author: { id: null, name: "Shop server" } });
    });

    it("to an unknown conversation fails none of the batch it travels in", async () => {
      const { api, conversationId } = await start();
      const [bad, good] = await Promise.allSettled([
        api.reply({ conversationId: 999_999_999, text: "x", clientId: "r1" }),
        api.reply({ conversationId, text: "y", clientId: "r1" }),
      ]);
      expect([bad.status, good.status]).toEqual(["rejected", "fulfilled"]);
    });
  });

  it("note stays with agents: it lifts the conversation, owes nothing, and is in no log of the customer", async () => {
    const { api, customer, conversationId, row } = await start();
    world.deps.clock.advance(1_000);
    const { message } = await api.note({ conversationId, text: "Check the order", clientId: "n1" });
    expect(message.deliveries).toEqual([]);
    expect(await row()).toMatchObject({
      unreadCount: 1,
      lastActivityAt: world.deps.now().toISOString(),
      lastMessage: { kind: "note" },
    });
    const topic = customerTopic.name(customerKey(customer.namespace, customer.externalId));
    const told = world.deps.bus.published.filter((one) => one.topic === topic);
    expect(JSON.stringify(told)).not.toContain("Check the order");
  });

  describe("assign", () => {
    it("assigns the conversation to an agent and unassigns it, each with a line in the thread", async () => {
      const { api, agent, conversationId, lines } = await start();
      const given = await api.assign({ conversationId, assigneeId: agent.personId });
      expect(given.conversation.assignee).toEqual({ id: agent.personId, name: "Olga" });
      const taken = await api.assign({ conversationId, assigneeId: null });
      expect(taken.conversation.assignee).toBeNull();
      expect(await lines()).toEqual([
        "customer: Help",
        { type: "assigned", assignee: "Olga" },
        { type: "assigned", assignee: null },
      ]);
    });

    it("to the same agent again leaves no line", async () => {
      const { api, agent, conversationId, lines } = await start();
      const assign = () => api.assign({ conversationId, assigneeId: agent.personId });
      expect(await assign()).toEqual(await assign());
      expect(await lines()).toHaveLength(2);
    });

    it("to 5 agents at once ends with the one whose line is last", async () => {
      const { api, conversationId, lines, row } = await start();
      const agents = await Promise.all(["A", "B", "C", "D", "E"].map((name) => world.makeAgent({ name })));
      await Promise.all(agents.map(({ personId }) => api.assign({ conversationId, assigneeId: personId })));
      expect((await lines()).at(-1)).toMatchObject({ assignee: (await row()).assignee?.name });
    });

    it("rejects assignment to an unknown or disabled agent", async () => {
      const { api, conversationId } = await start();
      const disabled = await world.makeAgent({ disabledAt: new Date() });
      for (const assigneeId of ["nobody", "", disabled.personId]) {
        await expect(api.assign({ conversationId, assigneeId })).rejects.toMatchObject(refusal("VALIDATION"));
      }
    });
  });

  describe("setStatus", () => {
    it("resolves and opens again, with a line each, and keeps the place in the list", async () => {
      const { api, conversationId, lines, row } = await start();
      const before = (await row()).lastActivityAt;
      world.deps.clock.advance(1_000);
      await api.setStatus({ conversationId, status: "resolved" });
      await api.setStatus({ conversationId, status: "resolved" });
      await api.setStatus({ conversationId, status: "open" });
      expect(await lines()).toMatchObject(["customer: Help", { status: "resolved" }, { status: "open" }]);
      expect(await row()).toMatchObject({ status: "open", lastActivityAt: before });
    });

    it("is opened again by the customer's next message, not by an agent's", async () => {
      const { api, customer, conversationId, row } = await start();
      await api.setStatus({ conversationId, status: "resolved" });
      await api.reply({ conversationId, text: "Bye", clientId: "r1" });
      expect((await row()).status).toBe("resolved");
      await world.writeAs(customer, { text: "One more thing" });
      expect((await row()).status).toBe("open");
    });

    it("snoozes until an instant in the future only", async () => {
      const { api, conversationId, row } = await start();
      const snooze = (until: string) => api.setStatus({ conversationId, status: "snoozed", until });
      await expect(snooze(world.deps.now().toISOString())).rejects.toMatchObject(refusal("VALIDATION"));
      await expect(snooze("tomorrow")).rejects.toMatchObject({ code: "BAD_REQUEST" });
      await snooze("2026-03-10T13:00:00.000Z");
      expect(await row()).toMatchObject({ status: "snoozed", snoozedUntil: "2026-03-10T13:00:00.000Z" });
      await snooze("2026-03-10T14:00:00.000Z");
      expect(await row()).toMatchObject({ snoozedUntil: "2026-03-10T14:00:00.000Z" });
    });

    it("ends a snooze when the customer writes", async () => {
      const { api, customer, conversationId, row } = await start();
      await api.setStatus({ conversationId, status: "snoozed", until: "2026-03-10T13:00:00.000Z" });
      await world.writeAs(customer);
      expect(await row()).toMatchObject({ status: "open", snoozedUntil: null });
    });
  });

  it("wakeSnoozed opens what is due, at the moment it is due, once, with a line by Pult", async () => {
    const { api, conversationId, lines, row } = await start();
    await api.setStatus({ conversationId, status: "snoozed", until: "2026-03-10T13:00:00.000Z" });
    const wake = () => wakeSnoozed(world.contextOf(SYSTEM));
    world.deps.clock.advance(HOUR_MS - 1);
    await wake();
    expect((await row()).status).toBe("snoozed");
    world.deps.clock.advance(1);
    await wake();
    await wake();
    expect(await row()).toMatchObject({ status: "open", snoozedUntil: null });
    expect((await lines()).slice(2)).toMatchObject([{ status: "open" }]);
    expect((await api.conversation({ conversationId })).messages.at(-1)?.author.name).toBe("Pult");
  });

  describe("markConversationRead", () => {
    it("counts only what the customer wrote after the mark, and never moves it back", async () => {
      const { api, customer, conversationId, message, row } = await start();
      await world.writeAs(customer);
      const third = await world.writeAs(customer);
      await api.note({ conversationId, text: "hm", clientId: "n1" });
      expect((await row()).unreadCount).toBe(3);
      await api.markConversationRead({ conversationId, messageId: message.id });
      expect((await row()).unreadCount).toBe(2);
      await api.markConversationRead({ conversationId, messageId: third.id });
      await api.markConversationRead({ conversationId, messageId: message.id });
      expect((await row()).unreadCount).toBe(0);
    });

    it("marks no message that is still to come", async () => {
      const { api, customer, conversationId, message, row } = await start();
      await api.markConversationRead({ conversationId, messageId: Number.MAX_SAFE_INTEGER });
      const { agentReadId } = await world.as(customer).support.history({});
      expect(agentReadId).toBe(message.id);
      await world.writeAs(customer);
      expect((await row()).unreadCount).toBe(1);
    });

    it("tells the customer, once", async () => {
      const { api, customer, conversationId, message } = await start();
      const mark = () => api.markConversationRead({ conversationId, messageId: message.id });
      await mark();
      await mark();
      const topic = customerTopic.name(customerKey(customer.namespace, customer.externalId));
      const told = world.deps.bus.published.filter((one) => one.topic === topic).map((one) => one.entry.payload);
      expect(told.slice(1)).toEqual([{ type: "read", agentReadId: message.id }]);
    });
  });

  it("conversation pages backwards with notes and lines, and shows the customer", async () => {
    const { api, customer, conversationId } = await start(
      makeTelegramCustomer({ username: "anna", languageCode: "de" }),
    );
    for (const text of ["2", "3"]) await world.writeAs(customer, { text });
    const page = await api.conversation({ conversationId, limit: 2 });
    expect([page.messages.map((one) => one.text), page.hasMore]).toEqual([["2", "3"], true]);
    const older = await api.conversation({ conversationId, limit: 2, beforeId: page.messages[0]?.id });
    expect([older.messages.map((one) => one.text), older.hasMore]).toEqual([["Help"], false]);
    expect(page.conversation).toMatchObject({
      customer: { id: customer.externalId, name: "Anna", username: "anna", online: false },
      languageCode: "de",
      telegram: { topicId: null, userId: customer.externalId },
      devices: [],
    });
  });

  it.each<[string, (api: Api, conversationId: number) => Promise<unknown>]>([
    ["reply", (api, conversationId) => api.reply({ conversationId, text: "x", clientId: "c" })],
    ["note", (api, conversationId) => api.note({ conversationId, text: "x", clientId: "c" })],
    ["assign", (api, conversationId) => api.assign({ conversationId, assigneeId: null })],
    ["setStatus", (api, conversationId) => api.setStatus({ conversationId, status: "resolved" })],
    ["markConversationRead", (api, conversationId) => api.markConversationRead({ conversationId, messageId: 1 })],
    ["conversation", (api, conversationId) => api.conversation({ conversationId })],
  ])("%s is NOT_FOUND for an unknown conversation", async (_, call) => {
    const { api } = await start();
    for (const unknown of [999_999_999, Number.MAX_SAFE_INTEGER])
      await expect(call(api, unknown)).rejects.toMatchObject(refusal("NOT_FOUND"));
  });

  it.each(["reply", "note"] as const)("%s needs text", async (kind) => {
    const { api, conversationId } = await start();
    const empty = api[kind]({ conversationId, text: " \u0000", clientId: "c" });
    await expect(empty).rejects.toMatchObject(refusal("VALIDATION"));
  });

  it("changes leave their line and their announcement in one log, without a gap", async () => {
    const { api, agent, conversationId } = await start();
    await Promise.all([
      api.assign({ conversationId, assigneeId: agent.personId }),
      api.setStatus({ conversationId, status: "pending" }),
      api.note({ conversationId, text: "hm", clientId: "n1" }),
      api.reply({ conversationId, text: "ok", clientId: "r1" }),
    ]);
    const topic = conversationTopic.name(conversationId);
    const offsets = world.deps.bus.published.filter((one) => one.topic === topic).map((one) => one.entry.offset);
    expect([...offsets].sort((a, b) => a - b)).toEqual(offsets.map((_, at) => at + 1));
  });
});
