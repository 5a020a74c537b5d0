import { beforeEach, expect, it } from "vitest";
import { type Agent, keyWith, makeCustomer, refusal } from "../../testing/factories.ts";
import { type StoredAccount, storeAccount } from "../../testing/stored-chats.ts";
import { describeOnBothDatabases } from "../../testing/test-deps.ts";
import { crmTopic } from "../events.ts";

const USER = 4_200_000_001;
const GROUP = -1_004_200_000_002;

describeOnBothDatabases("A contact's messages", (world) => {
  let [olga, pavel]: Agent[] = [];
  let account: StoredAccount;
  let contactId: string;
  beforeEach(async () => {
    olga = await world.makeAgent({ name: "Olga" });
    pavel = await world.makeAgent({ name: "Pavel" });
    account = await storeAccount(world.deps, `agent:${olga.personId}`);
    await account.addChat(USER);
    ({ id: contactId } = await api().contacts.create({ name: "Anna", telegramUserId: String(USER) }));
  });
  const api = (agent = olga as Agent) => world.as(agent).chats;
  const wait = (minutes: number) => world.deps.clock.advance(minutes * 60_000);
  const timelineOf = (agent = olga as Agent) => api(agent).contacts.timeline({ id: contactId });
  const unanswered = async (agent = olga as Agent) =>
    (await api(agent).contacts.list({ filters: [{ field: "unanswered", operator: "is", value: true }] })).totalCount;

  it("count as unanswered while the newest one is theirs, in private chats, by the written rule", async () => {
    expect(await unanswered()).toBe(0);
    await account.addMessage(USER);
    expect(await unanswered()).toBe(1);
    wait(1);
    await account.addMessage(USER, { isService: true, isOutgoing: true });
    await account.addMessage(USER, { reactions: [{ emoji: "+" }], isService: true });
    expect(await unanswered()).toBe(1);
    wait(1);
    const own = await account.addMessage(USER, { isOutgoing: true });
    expect(await unanswered()).toBe(0);
    await account.removeMessage(USER, own);
    expect(await unanswered()).toBe(1);
    wait(1);
    await account.addMessage(USER, { isOutgoing: true, clientId: null });
    await account.addChat(GROUP, "supergroup");
    await account.addMessage(GROUP);
    const tie = { crmEntityType: "contact", crmEntityId: contactId };
    await api().associations.add({ chatId: String(GROUP), ...tie });
    expect(await unanswered()).toBe(0);
    const second = 4_200_000_009;
    await account.addChat(second);
    wait(1);
    await account.addMessage(second);
    await api().associations.add({ chatId: String(second), ...tie });
    expect(await unanswered()).toBe(1);
  });

  it("stay with those who have a grant to the account: list, filter, timeline, search and events", async () => {
    await account.addMessage(USER, { text: "Secret words" });
    const sees = async (actor: Parameters<typeof world.as>[0]) => {
      const { contacts, search } = world.as(actor).chats;
      const [listed] = (await contacts.list({ sort: { field: "lastContactAt", descending: true } })).items;
      const filters = [
        { field: "unanswered", operator: "is", value: true } as const,
        { field: "lastContactAt", operator: "isSet" } as const,
      ];
      const found = await Promise.all(
        filters.map(async (filter) => (await contacts.list({ filters: [filter] })).totalCount),
      );
      const timeline = await contacts.timeline({ id: contactId });
      const searched = await search({ accountId: account.accountId, query: "secret" }).catch(() => ({ totalCount: 0 }));
      return {
        list: listed?.lastContactAt !== null,
        get: (await contacts.get({ id: contactId })).lastContactAt !== null,
        filters: found,
        timeline: timeline.counts.telegram + timeline.items.filter(({ type }) => type === "telegram").length,
        search: searched.totalCount,
      };
    };
    const everything = { list: true, get: true, filters: [1, 1], timeline: 2, search: 1 };
    const nothing = { list: false, get: false, filters: [0, 0], timeline: 0, search: 0 };
    expect(await sees(olga as Agent)).toEqual(everything);
    expect(await sees(keyWith("chats:read"))).toEqual(everything);
    expect(await sees(pavel as Agent)).toEqual(nothing);
    await account.share("Moderator");
    expect(await sees(pavel as Agent)).toEqual(everything);
    await api().contacts.update({ id: contactId, version: 1, name: "Anna B." });
    const told = world.deps.bus.published.filter(({ topic }) => topic === crmTopic.name("all"));
    expect(told.length).toBeGreaterThan(0);
    expect(JSON.stringify(told)).not.toMatch(/Secret|"lastContactAt":"/);
  });

  it("stand in one timeline with notes, tasks, changes and the desk's, each once, newest first", async () => {
    const customer = makeCustomer({ name: "Anna" });
    const { conversationId } = await world.writeAs(customer, { text: "On the desk" });
    const personId = (
      await world.as(keyWith("auth:read")).auth.people.show({ namespace: "app", externalId: customer.externalId })
    ).id;
    await api().contacts.update({ id: contactId, version: 1, personId });
    wait(1);
    for (const text of ["one", "two", "three"]) await account.addMessage(USER, { text });
    await account.addMessage(USER, { isService: true });
    wait(1);
    const deal = await api().deals.create({ name: "Order", contactId });
    await api().notes.create({ entity: "contact", entityId: contactId, text: "A note" });
    await api().tasks.create({ entity: "deal", entityId: deal.id, title: "Call" });
    const seen = [];
    let offsetId: string | null = null;
    do {
      const page: Awaited<ReturnType<typeof timelineOf>> = await api().contacts.timeline({
        id: contactId,
        limit: 2,
        ...(offsetId ? { offsetId } : {}),
      });
      seen.push(...page.items);
      offsetId = page.nextOffsetId;
    } while (offsetId);
    const all = await timelineOf();
    expect(seen).toEqual(all.items);
    expect(all).toMatchObject({ totalCount: 9, counts: { telegram: 3, desk: 1, note: 1, task: 1, change: 3 } });
    expect(all.items.map(({ type }) => type)).toEqual([
      ...["task", "note", "change", "telegram", "telegram", "telegram", "desk", "change", "change"],
    ]);
    expect(all.items.filter(({ type }) => type === "telegram")).toMatchObject([
      { text: "three", chatId: String(USER), accountId: account.accountId, messageId: "3" },
      { text: "two" },
      { text: "one" },
    ]);
    expect(all.items.find(({ type }) => type === "desk")).toMatchObject({ text: "On the desk", conversationId });
    const notes = await api().contacts.timeline({ id: contactId, types: ["note"] });
    expect(notes).toMatchObject({ totalCount: 1, items: [{ note: { text: "A note", authorName: "Olga" } }] });
    expect((await api().deals.timeline({ id: deal.id })).counts).toMatchObject({ task: 1, change: 1, telegram: 0 });
    const key = world.as(keyWith("chats:read")).chats;
    expect((await key.contacts.timeline({ id: contactId })).counts).toMatchObject({ desk: 0, telegram: 3 });
    await expect(api().contacts.timeline({ id: contactId, offsetId: "x" })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
  });

  it("carry the new name of a record that was renamed, and tell records without a chat from others", async () => {
    const tied = await api().deals.create({ name: "Boat" });
    await api().deals.create({ name: "Kite" });
    await account.addChat(8);
    await api().associations.add({ chatId: "8", crmEntityType: "deal", crmEntityId: tied.id });
    const without = [{ field: "hasChat", operator: "is" as const, value: false }];
    expect((await api().deals.list({ filters: without })).items.map(({ name }) => name)).toEqual(["Kite"]);
    world.deps.bus.published.length = 0;
    await api().deals.update({ id: tied.id, version: tied.version, name: "Ship" });
    const told = world.deps.bus.published.map(({ entry }) => entry.payload as { type: string });
    expect(told.filter(({ type }) => type === "chatUpdated")).toMatchObject([
      { chat: { id: "8", associations: [{ entity: { title: "Ship" } }] } },
    ]);
  });

  it("are tied to records by name for staff alone", async () => {
    const customer = makeCustomer({ proof: { kind: "token", expiresAt: new Date("2100-01-01T00:00:00Z") } });
    const theirs = await storeAccount(world.deps, `app:${customer.externalId}`);
    await theirs.addChat(USER);
    const tie = { chatId: String(USER), crmEntityType: "contact", crmEntityId: contactId };
    const outside = { ...tie, crmEntityId: crypto.randomUUID() };
    const server = world.as(keyWith("chats:write")).chats;
    const { accountId } = theirs;
    const entity = { id: contactId, title: "Anna" };
    expect(await server.associations.add({ accountId, ...tie })).toMatchObject({ entity });
    wait(1);
    expect(await server.associations.add({ accountId, ...outside })).toMatchObject({ entity: null });
    expect((await server.associations.list({ accountId, chatId: String(USER) })).items).toMatchObject([
      { entity },
      { entity: null },
    ]);
    expect((await server.get({ accountId, chatId: String(USER) })).associations).toMatchObject([{ entity }, {}]);
    const own = world.as(customer).chats;
    expect((await own.associations.list({ chatId: String(USER) })).items).toMatchObject([{ entity: null }, {}]);
    expect((await own.get({ chatId: String(USER) })).associations).toMatchObject([{ entity: null }, {}]);
    await api().contacts.delete({ id: contactId });
    expect((await server.associations.list({ accountId, chatId: String(USER) })).totalCount).toBe(1);
  });
});
