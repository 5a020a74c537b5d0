import { sql } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import { keyWith, makeCustomer, refusal, unique, writeAs } from "../testing/factories.ts";
import { createTestDeps, describeOnBothDatabases } from "../testing/test-deps.ts";
import { history, send } from "./customer-service.ts";
import { sendInput } from "./schema.ts";

describeOnBothDatabases("support.send", (world) => {
  const texts = async (customer = makeCustomer()) => {
    const page = await history(world.contextOf(customer), { limit: 50 });
    return page.messages.filter((message) => message.kind !== "greeting").map((message) => message.text);
  };

  it("stores what was written and answers it as the customer sees it", async () => {
    const customer = makeCustomer({ name: "Anna" });
    const message = await world.writeAs(customer, { text: "Hello", clientId: "c1" });
    expect(message).toMatchObject({
      kind: "customer",
      text: "Hello",
      author: { id: null, name: "Anna" },
      source: "app",
      clientId: "c1",
      createdAt: world.deps.now().toISOString(),
      photos: [],
      deliveries: [],
      editedAt: null,
    });
    expect(await texts(customer)).toEqual(["Hello"]);
  });

  it.each([
    ["emoji", "👩🏽‍🚀 🇺🇦 ❤️"],
    ["right-to-left", "\u200fمرحبا بالعالم — שלום"],
    ["markup", "<b>&amp;</b> ```js``` {{x}} $1 %s"],
    ["blanks around it", "  two\n\n\tlines  "],
    ["quotes for SQL", "'; drop table messages; --\\"],
    ["combining marks", "e\u0301 Z\u0351\u036b\u0343"],
    ["20,000 characters", "абв ".repeat(5_000)],
    ["32,768 characters", "😀".repeat(16_384)],
  ])("keeps %s as written", async (_, text) => {
    const customer = makeCustomer();
    await world.writeAs(customer, { text });
    expect(await texts(customer)).toEqual([text]);
  });

  it("takes NUL out and mends half characters, which no database keeps", async () => {
    const customer = makeCustomer();
    await world.writeAs(customer, { text: "a\u0000b\ud83dc\udc4d" });
    expect(await texts(customer)).toEqual(["ab\ufffdc\ufffd"]);
  });

  it.each(["", "   ", "\n\t", "\u0000", " \u0000 "])("refuses %j without a photo, and stores nothing", async (text) => {
    const ctx = world.contextOf(makeCustomer());
    await expect(send(ctx, { text, photoIds: [], clientId: "c1" })).rejects.toMatchObject({ code: "VALIDATION" });
    expect(await world.countRows("conversations")).toBe(0);
  });

  it("keeps the order of what one customer sends, also all at once", async () => {
    const customer = makeCustomer();
    const numbers = Array.from({ length: 20 }, (_, at) => String(at));
    const sent = await Promise.all(numbers.map((text) => world.writeAs(customer, { text })));
    expect(await texts(customer)).toEqual(numbers);
    const ids = sent.map((message) => message.id);
    expect(ids).toEqual([...ids].sort((a, b) => a - b));
  });

  it("opens one conversation and one person for 20 first messages at once", async () => {
    const customer = makeCustomer();
    await Promise.all(Array.from({ length: 20 }, () => world.writeAs(customer)));
    expect(await world.countRows("conversations")).toBe(1);
    expect(await world.countRows("people")).toBe(1);
    expect(await world.countRows("messages")).toBe(20);
  });

  it("opens one conversation when two nodes see the customer first at once", async () => {
    const other = createTestDeps(world.database);
    for (let round = 0; round < 5; round++) {
      const customer = makeCustomer();
      await Promise.all([world.deps, other, world.deps, other].map((deps) => writeAs(deps, customer)));
      const rows = await world.query(sql`select id from conversations where external_id = ${customer.externalId}`);
      expect(rows).toHaveLength(1);
    }
  });

  it("keeps equal ids of two channels apart", async () => {
    const app = makeCustomer({ externalId: "77" });
    const telegram = makeCustomer({ externalId: "77", namespace: "telegram" });
    await Promise.all([world.writeAs(app, { text: "app" }), world.writeAs(telegram, { text: "telegram" })]);
    expect([await texts(app), await texts(telegram)]).toEqual([["app"], ["telegram"]]);
  });

  it("calls a customer by their newest name, and keeps it when none is given", async () => {
    const customer = makeCustomer({ name: null });
    const nameNow = async () => {
      const [row] = await world.query<{ name: string }>(sql`select customer_name as name from conversations`);
      return row?.name;
    };
    await world.writeAs(customer);
    expect(await nameNow()).toBe(customer.externalId);
    await world.writeAs({ ...customer, name: "An\u0000na" });
    expect(await nameNow()).toBe("Anna");
    await world.writeAs(customer);
    expect(await nameNow()).toBe("Anna");
  });

  it("quotes a message of the same conversation, and nothing of another", async () => {
    const customer = makeCustomer();
    const own = await world.writeAs(customer, { text: "question" });
    const other = await world.writeAs(makeCustomer(), { text: "secret" });
    const staff = world.as(keyWith("support:write")).support;
    const quoting = (replyToId: number) =>
      staff.reply({ conversationId: own.conversationId, text: "answer", clientId: unique("r"), replyToId });
    expect((await quoting(own.id)).message.replyTo).toMatchObject({ id: own.id, text: "question" });
    expect((await quoting(other.id)).message.replyTo).toBeNull();
    const page = await history(world.contextOf(customer), { limit: 50 });
    expect(JSON.stringify(page)).not.toContain("secret");
  });

  describe("by a server with an API key", () => {
    it("speaks for the app customer it names", async () => {
      const api = world.as(keyWith("support:write")).support;
      const userId = unique("u");
      const { message } = await api.send({ userId, userName: "Anna", text: "Hi", clientId: "c1" });
      expect(message).toMatchObject({ source: "api", author: { name: "Anna" } });
      expect((await api.history({ userId })).messages.map((one) => one.text)).toEqual(["Hi", "Здравствуйте!"]);
    });

    it("must name one", async () => {
      const api = world.as(keyWith("support:write")).support;
      await expect(api.send({ text: "Hi", clientId: "c1" })).rejects.toMatchObject(refusal("VALIDATION"));
    });
  });

  it("refuses a customer who names another, in every procedure that takes userId", async () => {
    const victim = makeCustomer();
    const { id } = await world.writeAs(victim);
    const api = world.as(makeCustomer(), AbortSignal.abort()).support;
    const userId = victim.externalId;
    const target = { provider: "fcm" as const, token: "t" };
    const attempts = [
      () => api.send({ userId, text: "Hi", clientId: "c1" }),
      () => api.history({ userId }),
      () => api.markRead({ userId, messageId: id }),
      () => api.registerDevice({ userId, target }),
      () => api.onMessage({ userId }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(refusal("FORBIDDEN"));
  });
});

describe("sendInput", () => {
  const accepts = (given: object) => sendInput.safeParse({ text: "x", clientId: "c1", ...given }).success;

  it.each<[string, object, boolean]>([
    ["32,768 characters", { text: "x".repeat(32_768) }, true],
    ["32,769 characters", { text: "x".repeat(32_769) }, false],
    ["10 photos", { photoIds: Array(10).fill("p") }, true],
    ["11 photos", { photoIds: Array(11).fill("p") }, false],
    ["an empty client id", { clientId: "" }, false],
    ["a client id of 255 characters", { clientId: "c".repeat(255) }, true],
    ["a client id of 256 characters", { clientId: "c".repeat(256) }, false],
    ["no client id", { clientId: undefined }, false],
    ["a text that is none", { text: 5 }, false],
    ["a text of null", { text: null }, false],
    ["a userId of 129 characters", { userId: "u".repeat(129) }, false],
    ["an empty userId", { userId: "" }, false],
  ])("%s", (_, given, accepted) => {
    expect(accepts(given)).toBe(accepted);
  });
});
