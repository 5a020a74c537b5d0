import { describe, expect, it } from "vitest";
import type { Actor } from "../actor.ts";
import { type callerOf, keyWith, makeCustomer, refusal } from "../testing/factories.ts";
import { readerOf } from "../testing/reader.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { onConversationEvent, onInboxEvent, onMessageEvent } from "./schema.ts";

type Api = ReturnType<typeof callerOf>["support"];

/** What a subscription delivered: its type, and what of it tells one from another. */
interface Told {
  id: string | null;
  data: { type: string; recovered?: boolean; snapshot?: unknown; message?: { text: string; deliveries: unknown[] } };
}

describeOnDatabases("Live", (world) => {
  /** Follows through the router, as a transport does: tracked items are `[id, data]`. */
  function follow(actor: Actor, open: (api: Api) => Promise<AsyncIterable<unknown>>) {
    return readerOf(async function* (signal) {
      for await (const item of await open(world.as(actor, signal).support)) {
        const told: Told = Array.isArray(item)
          ? { id: String(item[0]), data: item[1] }
          : { id: null, data: item as Told["data"] };
        yield told;
      }
    });
  }

  /** What follows the first position. */
  const followed = async (...given: Parameters<typeof follow>) => {
    const reader = follow(...given);
    await reader.next();
    return reader;
  };
  const asAgent = async () => {
    const agent = await world.makeAgent();
    return { agent, api: world.as(agent).support };
  };

  describe("onMessage", () => {
    it("delivers everything the customer may see, whole and valid, and nothing else", async () => {
      const customer = makeCustomer();
      const { conversationId, id } = await world.writeAs(customer);
      const { agent, api } = await asAgent();
      const live = follow(customer, (own) => own.onMessage({}));
      expect((await live.next()).data).toEqual({ type: "position", recovered: true });
      await api.note({ conversationId, text: "internal note", clientId: "n1" });
      await api.assign({ conversationId, assigneeId: agent.personId });
      await api.setStatus({ conversationId, status: "pending" });
      await api.markConversationRead({ conversationId, messageId: id });
      const photoIds = [await world.uploadAs(agent)];
      await api.reply({ conversationId, text: "Answer", photoIds, clientId: "r1" });
      const told = (await live.take(2)).map(({ data }) => onMessageEvent.parse(data));
      expect(told).toMatchObject([
        { type: "read", agentReadId: id },
        { type: "messageSent", message: { text: "Answer", author: { id: null }, deliveries: [] } },
      ]);
      expect(JSON.stringify(told)).toMatch(/"url":"\/uploads\/[^"]+\?e=/);
      expect(JSON.stringify(told)).not.toMatch(/internal|assigned|pending|fileKey|ownerRef/);
      expect(await live.stop()).toEqual([]);
    });

    it("follows from before the customer's first message on", async () => {
      const customer = makeCustomer();
      const live = await followed(customer, (own) => own.onMessage({}));
      await world.writeAs(customer, { text: "first" });
      expect((await live.next()).data.message?.text).toBe("first");
      await live.stop();
    });

    it("resumes after the last id, and shows a snapshot of the same position when it cannot", async () => {
      const customer = makeCustomer();
      const live = follow(customer, (own) => own.onMessage({}));
      const { id } = await live.next();
      await live.stop();
      for (const text of ["1", "2"]) await world.writeAs(customer, { text });
      const resumed = follow(customer, (own) => own.onMessage({ lastEventId: id }));
      expect((await resumed.take(3)).map(({ data }) => data.message?.text ?? data.type)).toEqual([
        "position",
        "1",
        "2",
      ]);
      await resumed.stop();
      const lost = follow(customer, (own) => own.onMessage({ lastEventId: "lost:7" }));
      const { data } = await lost.next();
      expect(onMessageEvent.parse(data)).toMatchObject({
        recovered: false,
        snapshot: { messages: [{ text: "1" }, { text: "2" }, {}] },
      });
      await lost.stop();
    });

    it("counts the customer as connected while they follow, on any number of devices", async () => {
      const customer = makeCustomer();
      const key = `app:${customer.externalId}`;
      const [phone, laptop] = [1, 2].map(() => follow(customer, (own) => own.onMessage({})));
      await Promise.all([phone?.next(), laptop?.next()]);
      await phone?.stop();
      expect(world.deps.presence.isOnline(key)).toBe(true);
      await laptop?.stop();
      expect(world.deps.presence.isOnline(key)).toBe(false);
    });

    it("lets a server with a key follow the customer it names", async () => {
      const customer = makeCustomer();
      const live = await followed(keyWith("support:read"), (own) => own.onMessage({ userId: customer.externalId }));
      await world.writeAs(customer, { text: "heard" });
      expect((await live.next()).data.message?.text).toBe("heard");
      await live.stop();
    });
  });

  describe("onConversation", () => {
    it("tells agents everything, notes, lines and deliveries included", async () => {
      const customer = makeCustomer();
      const { conversationId } = await world.writeAs(customer);
      const { agent, api } = await asAgent();
      const live = await followed(agent, (own) => own.onConversation({ conversationId }));
      await api.note({ conversationId, text: "internal", clientId: "n1" });
      await api.assign({ conversationId, assigneeId: agent.personId });
      await api.reply({ conversationId, text: "Answer", clientId: "r1" });
      await world.as(customer).support.markRead({ messageId: Number.MAX_SAFE_INTEGER });
      const told = (await live.take(4)).map(({ data }) => onConversationEvent.parse(data));
      expect(told).toMatchObject([
        { type: "messageSent", message: { kind: "note", text: "internal" } },
        { type: "messageSent", message: { kind: "event", change: { type: "assigned" } } },
        { type: "messageSent", message: { kind: "agent", deliveries: [{ leg: "push", state: "pending" }] } },
        { type: "conversationChanged", conversation: { id: conversationId } },
      ]);
      await live.stop();
    });

    it("shows a snapshot with notes when it cannot be continued", async () => {
      const { conversationId } = await world.writeAs(makeCustomer());
      const { agent, api } = await asAgent();
      await api.note({ conversationId, text: "internal", clientId: "n1" });
      const live = follow(agent, (own) => own.onConversation({ conversationId, lastEventId: "x" }));
      const { data } = await live.next();
      expect(onConversationEvent.parse(data)).toMatchObject({ snapshot: { messages: [{}, { kind: "note" }] } });
      await live.stop();
    });

    it("says with a changed row who is connected now", async () => {
      const { agent, api } = await asAgent();
      const customer = makeCustomer();
      const { conversationId, id } = await world.writeAs(customer);
      const live = await followed(agent, (own) => own.onConversation({ conversationId }));
      const leave = world.deps.presence.enter(`app:${customer.externalId}`);
      await api.markConversationRead({ conversationId, messageId: id });
      expect(onConversationEvent.parse((await live.next()).data)).toMatchObject({
        type: "conversationChanged",
        conversation: { customer: { online: true }, unreadCount: 0 },
      });
      leave();
      await live.stop();
    });

    it("is NOT_FOUND for an unknown conversation", async () => {
      const { agent } = await asAgent();
      const live = follow(agent, (own) => own.onConversation({ conversationId: 999_999_999 }));
      await expect(live.next()).rejects.toMatchObject({ code: "NOT_FOUND" });
    });
  });

  describe("onInbox", () => {
    it("tells of every change of every conversation, with who is connected now", async () => {
      const { agent, api } = await asAgent();
      const live = await followed(agent, (own) => own.onInbox({}));
      const customer = makeCustomer({ name: "Anna" });
      const leave = world.deps.presence.enter(`app:${customer.externalId}`);
      const { conversationId } = await world.writeAs(customer);
      await api.assign({ conversationId, assigneeId: agent.personId });
      const told = (await live.take(2)).map(({ data }) => onInboxEvent.parse(data));
      expect(told).toMatchObject([
        { conversation: { id: conversationId, assignee: null, unreadCount: 1, customer: { online: true } } },
        { conversation: { id: conversationId, assignee: { id: agent.personId } } },
      ]);
      leave();
      await live.stop();
    });

    it("shows the first page when it cannot be continued", async () => {
      await world.writeAs(makeCustomer());
      const { agent } = await asAgent();
      const live = follow(agent, (own) => own.onInbox({ lastEventId: "gone:1" }));
      expect(onInboxEvent.parse((await live.next()).data)).toMatchObject({
        type: "position",
        recovered: false,
        snapshot: { conversations: [{}], counts: { all: 1 } },
      });
      await live.stop();
    });

    it("tells two readers the same, in the same order, under 20 messages at once", async () => {
      const { agent } = await asAgent();
      const readers = [1, 2].map(() => follow(agent, (own) => own.onInbox({})));
      await Promise.all(readers.map((reader) => reader.next()));
      const customers = Array.from({ length: 10 }, () => makeCustomer());
      await Promise.all([...customers, ...customers].map((customer) => world.writeAs(customer)));
      const heard = await Promise.all(readers.map((reader) => reader.take(10)));
      expect(heard[0]?.map(({ id }) => id)).toEqual(heard[1]?.map(({ id }) => id));
      const ids = heard[0]?.map(({ data }) => onInboxEvent.parse(data));
      expect(
        new Set(ids?.map((event) => (event.type === "conversationChanged" ? event.conversation.id : 0))).size,
      ).toBe(10);
      for (const reader of readers) await reader.stop();
    });
  });

  describe("onTyping", () => {
    const typing = (actor: Actor, input: { conversationId?: number; typing: boolean }) =>
      world.as(actor).support.setTyping(input);

    async function start() {
      const customer = makeCustomer({ name: "Anna" });
      const { conversationId } = await world.writeAs(customer);
      const { agent } = await asAgent();
      return { customer, agent, conversationId };
    }

    /** A follower that has begun to listen. */
    async function listen(actor: Actor, input: { conversationId?: number }) {
      const before = world.deps.bus.listening;
      const reader = readerOf((signal) => world.as(actor, signal).support.onTyping(input));
      const first = reader.next();
      while (world.deps.bus.listening === before) await new Promise<void>((resolve) => setImmediate(resolve));
      return { ...reader, first };
    }

    it("tells each side of the other", async () => {
      const { customer, agent, conversationId } = await start();
      const agentSees = await listen(agent, { conversationId });
      const customerSees = await listen(customer, {});
      await typing(customer, { typing: true });
      expect(await agentSees.first).toEqual({
        side: "customer",
        actorId: customer.externalId,
        name: "Anna",
        typing: true,
      });
      await typing(agent, { conversationId, typing: true });
      expect(await customerSees.first).toMatchObject({ side: "agent", name: "Olga", typing: true });
      expect([...(await agentSees.stop()), ...(await customerSees.stop())]).toEqual([]);
    });

    it("delivers colleagues' typing to an agent, but not their own", async () => {
      const { agent, conversationId } = await start();
      const colleague = await world.makeAgent({ name: "Boris" });
      const live = await listen(agent, { conversationId });
      await typing(agent, { conversationId, typing: true });
      await typing(colleague, { conversationId, typing: true });
      expect(await live.first).toMatchObject({ name: "Boris" });
      await live.stop();
    });

    it("keeps the newest state only for who is slow", async () => {
      const { customer, agent, conversationId } = await start();
      const live = await listen(agent, { conversationId });
      for (const state of [true, false, true, false]) await typing(customer, { typing: state });
      await live.first;
      expect(await live.next()).toMatchObject({ typing: false });
      await live.stop();
    });

    it("stays in its conversation", async () => {
      const { agent, conversationId } = await start();
      const live = await listen(agent, { conversationId });
      const { customer: other } = await start();
      await typing(other, { typing: true });
      const stopped = live.stop();
      await expect(live.first).rejects.toThrow("ended");
      expect(await stopped).toEqual([]);
    });

    it("must be told which conversation, by agents", async () => {
      const { agent } = await start();
      await expect(typing(agent, { typing: true })).rejects.toMatchObject(refusal("VALIDATION"));
      await expect(typing(agent, { conversationId: 999_999_999, typing: true })).rejects.toMatchObject(
        refusal("NOT_FOUND"),
      );
    });

    it("leaves nothing behind in the database", async () => {
      const { customer } = await start();
      const published = world.deps.bus.published.length;
      await typing(customer, { typing: true });
      expect(world.deps.bus.published).toHaveLength(published);
      expect(world.deps.bus.latest.map(({ topic }) => topic)).toContain(`support.typing:app:${customer.externalId}`);
    });
  });
});
