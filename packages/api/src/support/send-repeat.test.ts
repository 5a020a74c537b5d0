import { expect, it } from "vitest";
import { makeCustomer, refusal, unique, writeAs } from "../testing/factories.ts";
import { createTestDeps, describeOnDatabases } from "../testing/test-deps.ts";
import { conversationTopic } from "./events.ts";

const TWENTY = Array.from({ length: 20 });

describeOnDatabases("A client id", { telegram: true }, (world) => {
  const effects = async () => ({
    messages: await world.countRows("messages"),
    outbox: await world.countRows("outbox"),
    events: await world.countRows("topic_events"),
  });

  it("makes a repeat answer the same message, without a second effect", async () => {
    const customer = makeCustomer();
    const first = await world.writeAs(customer, { clientId: "c1" });
    const before = await effects();
    expect(await world.writeAs(customer, { clientId: "c1" })).toEqual(first);
    expect(await effects()).toEqual(before);
    expect(before).toEqual({ messages: 1, outbox: 1, events: 3 });
  });

  it("makes 20 repeats in one batch one message", async () => {
    const customer = makeCustomer();
    const sent = await Promise.all(TWENTY.map(() => world.writeAs(customer, { clientId: "c1" })));
    expect(new Set(sent.map((message) => message.id)).size).toBe(1);
    expect(await effects()).toEqual({ messages: 1, outbox: 1, events: 3 });
  });

  it("makes repeats on two nodes one message, also the first of a new customer", async () => {
    const other = createTestDeps(world.database, { telegram: true });
    for (let round = 0; round < 10; round++) {
      const customer = makeCustomer();
      const clientId = unique("c");
      const nodes = [world.deps, other];
      const sent = await Promise.all(nodes.map((deps) => writeAs(deps, customer, { clientId })));
      expect(new Set(sent.map((message) => message.id)).size).toBe(1);
    }
    expect(await effects()).toEqual({ messages: 10, outbox: 10, events: 30 });
  });

  it("with other content is a CONFLICT, in the same batch and later, and the first stands", async () => {
    const customer = makeCustomer();
    const [first, other] = await Promise.allSettled([
      world.writeAs(customer, { clientId: "c1", text: "one" }),
      world.writeAs(customer, { clientId: "c1", text: "two" }),
    ]);
    expect(first).toMatchObject({ status: "fulfilled", value: { text: "one" } });
    expect(other).toMatchObject({ status: "rejected", reason: { code: "CONFLICT" } });
    await expect(world.writeAs(customer, { clientId: "c1", text: "two" })).rejects.toMatchObject({
      code: "CONFLICT",
    });
    expect(await world.countRows("messages")).toBe(1);
  });

  it("counts the photos as content", async () => {
    const customer = makeCustomer();
    const photoIds = [await world.uploadAs(customer)];
    const first = await world.writeAs(customer, { clientId: "c1", photoIds });
    expect(await world.writeAs(customer, { clientId: "c1", photoIds })).toEqual(first);
    await expect(world.writeAs(customer, { clientId: "c1" })).rejects.toMatchObject({ code: "CONFLICT" });
  });

  it("belongs to its conversation: two customers may use the same one", async () => {
    const [one, other] = [makeCustomer(), makeCustomer()];
    await Promise.all([one, other].map((customer) => world.writeAs(customer, { clientId: "c1" })));
    expect(await world.countRows("messages")).toBe(2);
  });

  it("belongs to its side: an agent's is never answered with what the customer said under it", async () => {
    const customer = makeCustomer();
    const { conversationId } = await world.writeAs(customer, { clientId: "1", text: "Hello" });
    const api = world.as(await world.makeAgent()).support;
    await expect(api.reply({ conversationId, clientId: "1", text: "Hello" })).rejects.toMatchObject(
      refusal("CONFLICT"),
    );
  });

  it("of a reply and of a note works the same", async () => {
    const { conversationId } = await world.writeAs(makeCustomer());
    const api = world.as(await world.makeAgent()).support;
    const reply = await api.reply({ conversationId, clientId: "r1", text: "Hello" });
    const note = await api.note({ conversationId, clientId: "n1", text: "Check" });
    const before = await effects();
    expect((await api.reply({ conversationId, clientId: "r1", text: "Hello" })).message.id).toBe(reply.message.id);
    expect((await api.note({ conversationId, clientId: "n1", text: "Check" })).message.id).toBe(note.message.id);
    expect(await effects()).toEqual(before);
    for (const again of [
      api.reply({ conversationId, clientId: "r1", text: "Bye" }),
      api.note({ conversationId, clientId: "n1", text: "Bye" }),
      api.note({ conversationId, clientId: "r1", text: "Hello" }),
    ]) {
      await expect(again).rejects.toMatchObject(refusal("CONFLICT"));
    }
  });

  it.each(["c\u00001", "c\ud8001"])(
    "that cannot be kept (%j) is refused, and its neighbours are not",
    async (clientId) => {
      const customer = makeCustomer();
      const [bad, good] = await Promise.allSettled([world.writeAs(customer, { clientId }), world.writeAs(customer)]);
      expect(bad).toMatchObject({ status: "rejected", reason: { code: "VALIDATION" } });
      expect(good.status).toBe("fulfilled");
    },
  );

  it.each(["tg:1:2", "greeting:2026-03-10"])(
    "rejects a customer's message when its client id is reserved for Pult (%s)",
    async (clientId) => {
      await expect(world.writeAs(makeCustomer(), { clientId })).rejects.toMatchObject({ code: "VALIDATION" });
    },
  );

  it("leaves the log without a gap when a refused write stands between two good ones", async () => {
    const customer = makeCustomer();
    const first = await world.writeAs(customer);
    await Promise.allSettled([
      world.writeAs(customer, { clientId: "c1", text: "one" }),
      world.writeAs(customer, { clientId: "c1", text: "two" }),
      world.writeAs(customer),
    ]);
    const topic = conversationTopic.name(first.conversationId);
    const offsets = world.deps.bus.published.filter((one) => one.topic === topic).map((one) => one.entry.offset);
    expect(offsets).toEqual([1, 2, 3]);
  });
});
