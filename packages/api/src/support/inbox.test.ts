import { describe, expect, it } from "vitest";
import { keyWith, makeCustomer, refusal } from "../testing/factories.ts";
import { describeOnBothDatabases } from "../testing/test-deps.ts";
import { type InboxInput, inboxInput } from "./schema.ts";

const VALIDATION = refusal("VALIDATION");

describeOnBothDatabases("support.inbox", (world) => {
  /** A conversation for each name, the first oldest. @returns ids by name */
  async function open(...names: string[]): Promise<Record<string, number>> {
    const ids: Record<string, number> = {};
    for (const name of names) {
      world.deps.clock.advance(1_000);
      ids[name] = (await world.writeAs(makeCustomer({ name }), { text: `Hello from ${name}` })).conversationId;
    }
    return ids;
  }
  const asAgent = async () => {
    const agent = await world.makeAgent();
    return { agent, api: world.as(agent).support };
  };
  const namesOf = (page: { conversations: { customer: { name: string } }[] }) =>
    page.conversations.map((row) => row.customer.name);

  it("lists the newest activity first", async () => {
    const ids = await open("A", "B", "C");
    const { api } = await asAgent();
    expect(namesOf(await api.inbox({}))).toEqual(["C", "B", "A"]);
    world.deps.clock.advance(1_000);
    await api.reply({ conversationId: ids.A ?? 0, text: "x", clientId: "r1" });
    expect(namesOf(await api.inbox({}))).toEqual(["A", "C", "B"]);
  });

  it("sorts every conversation into its views, and counts each", async () => {
    const ids = await open("mine", "other", "free", "pending", "snoozed", "resolved");
    const { agent, api } = await asAgent();
    const someone = await world.makeAgent();
    const id = (name: string) => ({ conversationId: ids[name] ?? 0 });
    await api.assign({ ...id("mine"), assigneeId: agent.personId });
    await api.assign({ ...id("other"), assigneeId: someone.personId });
    await api.setStatus({ ...id("pending"), status: "pending" });
    await api.setStatus({ ...id("snoozed"), status: "snoozed", until: "2026-04-01T00:00:00.000Z" });
    await api.setStatus({ ...id("resolved"), status: "resolved" });
    const view = async (name: InboxInput["view"]) => namesOf(await api.inbox({ view: name })).sort();
    expect(await view("mine")).toEqual(["mine"]);
    expect(await view("unassigned")).toEqual(["free", "pending"]);
    expect(await view("all")).toEqual(["free", "mine", "other", "pending"]);
    expect(await view("snoozed")).toEqual(["snoozed"]);
    expect(await view("resolved")).toEqual(["resolved"]);
    const { counts } = await api.inbox({});
    expect(counts).toEqual({ mine: 1, unassigned: 2, all: 4, snoozed: 1, resolved: 1, unread: 3 });
  });

  it("has nothing in `mine` for a key, and counts the rest", async () => {
    await open("A");
    const api = world.as(keyWith("support:read")).support;
    expect(await api.inbox({ view: "mine" })).toMatchObject({ conversations: [], counts: { mine: 0, all: 1 } });
  });

  it("says who is connected", async () => {
    const customer = makeCustomer();
    await world.writeAs(customer);
    const { api } = await asAgent();
    const leave = world.deps.presence.enter(`app:${customer.externalId}`);
    expect((await api.inbox({})).conversations[0]?.customer.online).toBe(true);
    leave();
    expect((await api.inbox({})).conversations[0]?.customer.online).toBe(false);
  });

  describe("pages", () => {
    it("hold every conversation once, also those of one instant", async () => {
      for (let at = 0; at < 7; at++) await world.writeAs(makeCustomer({ name: String(at) }));
      const { api } = await asAgent();
      const seen: string[] = [];
      let cursor: string | null = null;
      do {
        const page: Awaited<ReturnType<typeof api.inbox>> = await api.inbox({ limit: 3, cursor });
        seen.push(...namesOf(page));
        cursor = page.nextCursor;
      } while (cursor !== null);
      expect(seen).toEqual(["6", "5", "4", "3", "2", "1", "0"]);
    });

    it("repeat and skip no row that stays where it is, while others move up", async () => {
      const ids = await open("A", "B", "C", "D", "E", "F");
      const { api } = await asAgent();
      const first = await api.inbox({ limit: 3 });
      expect(namesOf(first)).toEqual(["F", "E", "D"]);
      world.deps.clock.advance(1_000);
      await api.reply({ conversationId: ids.B ?? 0, text: "x", clientId: "r1" });
      await api.reply({ conversationId: ids.E ?? 0, text: "x", clientId: "r1" });
      const second = await api.inbox({ limit: 3, cursor: first.nextCursor });
      expect([namesOf(second), second.nextCursor]).toEqual([["C", "A"], null]);
    });

    it.each([
      "nonsense",
      "2026-03-10T12:00:00.000Z",
      "_1",
      "2026-13-45T12:00:00.000Z_1",
      "2026-02-30T12:00:00.000Z_1",
      "0000-01-01T00:00:00.000Z_1",
      "2026-03-10T25:00:00.000Z_1",
      "2026-03-10T12:00:00.000Z_9999999999999999",
      "2026-03-10T12:00:00.000Z_1'",
    ])("refuse the cursor %j", async (cursor) => {
      const { api } = await asAgent();
      await expect(api.inbox({ cursor })).rejects.toMatchObject(VALIDATION);
    });
  });

  describe("search", () => {
    const find = async (search: string, more: Partial<InboxInput> = {}) => {
      const { api } = await asAgent();
      return namesOf(await api.inbox({ search, ...more })).sort();
    };

    it("finds by name, username, id and words of a message, in any case", async () => {
      await world.writeAs(makeCustomer({ name: "Анна", externalId: "id-one" }), {
        text: "Where is my order 4711?",
      });
      await world.writeAs(makeCustomer({ name: "Boris", username: "bobr", externalId: "id-two" }), {
        text: "Спасибо",
      });
      expect(await find("анн")).toEqual(["Анна"]);
      expect(await find("BOBR")).toEqual(["Boris"]);
      expect(await find("id-")).toEqual(["Boris", "Анна"]);
      expect(await find("order 4711")).toEqual(["Анна"]);
      expect(await find("спасибо")).toEqual(["Boris"]);
      expect(await find("nothing like it")).toEqual([]);
    });

    it("wants every word, in one message or in the names", async () => {
      const customer = makeCustomer({ name: "Anna" });
      await world.writeAs(customer, { text: "red shoes" });
      await world.writeAs(customer, { text: "blue hat" });
      expect(await find("shoes red")).toEqual(["Anna"]);
      expect(await find("red hat")).toEqual([]);
    });

    it("takes %, _ and \\ as what they are", async () => {
      await world.writeAs(makeCustomer({ name: "A" }), { text: "100% sure" });
      await world.writeAs(makeCustomer({ name: "B" }), { text: "snake_case" });
      await world.writeAs(makeCustomer({ name: "C" }), { text: "C:\\temp" });
      expect(await find("%")).toEqual(["A"]);
      expect(await find("_")).toEqual(["B"]);
      expect(await find("\\")).toEqual(["C"]);
      expect(await find("k_c")).toEqual([]);
      expect(await find("0%s")).toEqual([]);
    });

    it("finds in notes, and never in event lines", async () => {
      const { conversationId } = await world.writeAs(makeCustomer({ name: "A" }));
      const { agent, api } = await asAgent();
      await api.note({ conversationId, text: "refund agreed", clientId: "n1" });
      await api.assign({ conversationId, assigneeId: agent.personId });
      expect(await find("refund")).toEqual(["A"]);
      expect(await find("assigned")).toEqual([]);
    });

    it("narrows the view, and pages like it", async () => {
      const ids = await open("Anna 1", "Anna 2", "Boris");
      const { api } = await asAgent();
      await api.setStatus({ conversationId: ids["Anna 1"] ?? 0, status: "resolved" });
      expect(await find("Anna")).toEqual(["Anna 2"]);
      expect(await find("Anna", { view: "resolved" })).toEqual(["Anna 1"]);
      expect(await find("", { limit: 1 })).toEqual(["Boris"]);
    });

    it.each(["\u0000", "a\u0000b", "\ud800", "'; drop table messages; --", "((", "😀".repeat(90)])(
      "of %j finds nothing and does not fail",
      async (search) => {
        await open("A");
        await find(search);
        expect(await find("A")).toEqual(["A"]);
      },
    );
  });
});

it.each([
  ["a limit of 0", { limit: 0 }, false],
  ["a limit of 101", { limit: 101 }, false],
  ["a limit of 100", { limit: 100 }, true],
  ["a search of 201 characters", { search: "x".repeat(201) }, false],
  ["a search of 200 characters between spaces", { search: ` ${"x".repeat(200)} ` }, true],
  ["an unknown view", { view: "everything" }, false],
  ["a cursor of 201 characters", { cursor: "x".repeat(201) }, false],
  ["no cursor", { cursor: null }, true],
])("inboxInput, given %s", (_, input, accepted) => {
  expect(inboxInput.safeParse(input).success).toBe(accepted);
});
