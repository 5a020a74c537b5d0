import { expect, it } from "vitest";
import type { Actor } from "../actor.ts";
import { makeCustomer } from "../testing/factories.ts";
import { readerOf } from "../testing/reader.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";
import { conversationPresence } from "./schema.ts";

describeOnDatabases("Presence in a conversation", (world) => {
  async function start() {
    const customer = makeCustomer({ name: "Anna" });
    const { conversationId } = await world.writeAs(customer);
    const agent = await world.makeAgent();
    return { customer, agent, conversationId };
  }

  const follow = (actor: Actor, conversationId: number) =>
    readerOf((signal) => world.as(actor, signal).support.onPresence({ conversationId }));

  it("delivers the presence at once, and again after a participant comes, changes state or leaves", async () => {
    const { agent, conversationId } = await start();
    const colleague = await world.makeAgent({ name: "Boris" });
    const api = world.as(colleague).support;
    const live = follow(agent, conversationId);
    expect(conversationPresence.parse(await live.next())).toEqual({
      customerOnline: false,
      customerTyping: false,
      agents: [],
    });
    for (const activity of ["viewing", "typing", "drafting"] as const) {
      const next = live.next();
      await api.setPresence({ conversationId, activity });
      expect((await next).agents).toEqual([{ id: colleague.personId, name: "Boris", activity }]);
    }
    const next = live.next();
    await api.setPresence({ conversationId, activity: null });
    expect((await next).agents).toEqual([]);
    await live.stop();
  });

  it("says when the customer comes, types and goes", async () => {
    const { agent, customer, conversationId } = await start();
    const live = follow(agent, conversationId);
    await live.next();
    const came = live.next();
    const leave = world.deps.presence.enter(`app:${customer.externalId}`);
    expect(await came).toMatchObject({ customerOnline: true, customerTyping: false });
    const types = live.next();
    await world.as(customer).support.setTyping({ typing: true });
    expect(await types).toMatchObject({ customerOnline: true, customerTyping: true });
    const stopped = live.next();
    await world.as(customer).support.setTyping({ typing: false });
    expect(await stopped).toMatchObject({ customerTyping: false });
    const went = live.next();
    leave();
    expect(await went).toMatchObject({ customerOnline: false });
    await live.stop();
  });

  it("stays in its conversation", async () => {
    const { agent, conversationId } = await start();
    const other = await start();
    const live = follow(agent, conversationId);
    await live.next();
    await world.as(agent).support.setPresence({
      conversationId: other.conversationId,
      activity: "viewing",
    });
    const own = live.next();
    await world.as(agent).support.setPresence({ conversationId, activity: "typing" });
    expect((await own).agents).toMatchObject([{ activity: "typing" }]);
    await live.stop();
  });

  it("counts an agent as connected while they follow the inbox", async () => {
    const { agent } = await start();
    const key = `agent:${agent.personId}`;
    const live = readerOf((signal) => world.as(agent, signal).support.onInbox({}));
    await live.next();
    expect(world.deps.presence.isOnline(key)).toBe(true);
    await live.stop();
    expect(world.deps.presence.isOnline(key)).toBe(false);
  });
});
