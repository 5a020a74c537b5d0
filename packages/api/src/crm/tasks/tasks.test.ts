import { beforeEach, expect, it } from "vitest";
import { type Agent, keyWith, refusal, SYSTEM } from "../../testing/factories.ts";
import { type StoredAccount, storeAccount } from "../../testing/stored-chats.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { remindOfDue } from "./due.ts";

const USER = 4_200_000_001;
const DAY = 24 * 60 * 60_000;

describeOnDatabases("Tasks and notes", (world) => {
  let agent: Agent;
  let account: StoredAccount;
  let contactId: string;
  beforeEach(async () => {
    agent = await world.makeAgent({ name: "Olga" });
    account = await storeAccount(world.deps, `agent:${agent.personId}`);
    await account.addChat(USER);
    ({ id: contactId } = await api().contacts.create({ name: "Anna", telegramUserId: String(USER) }));
  });
  const api = () => world.as(agent).chats;
  const remind = () => remindOfDue(world.contextOf(SYSTEM));
  const notices = async () => (await world.as(agent).notifications.inbox.list({})).notices;
  const at = (days: number) => new Date(world.deps.now().getTime() + days * DAY).toISOString();
  const awaitReply = (days = 2) =>
    api().tasks.create({
      entity: "contact",
      entityId: contactId,
      title: "Ask again",
      dueAt: at(days),
      unlessReply: { accountId: account.accountId, chatId: String(USER) },
    });

  it("tell the assignee once when they are due, whatever nodes look at once, and again at another time", async () => {
    const { id } = await api().tasks.create({ entity: "contact", entityId: contactId, title: "Call", dueAt: at(1) });
    await remind();
    expect(await notices()).toEqual([]);
    world.deps.clock.advance(DAY);
    await Promise.all([remind(), remind(), remind()]);
    await remind();
    expect(await notices()).toMatchObject([{ kind: "crm.taskDue", body: "Anna: Call", count: 1, readAt: null }]);
    await api().tasks.update({ id, dueAt: at(1) });
    expect((await notices()).filter(({ readAt }) => readAt === null)).toEqual([]);
    world.deps.clock.advance(DAY);
    await remind();
    expect((await notices()).filter(({ readAt }) => readAt === null)).toHaveLength(1);
    expect(await api().tasks.complete({ id })).toMatchObject({ doneBy: "done" });
    expect((await notices()).filter(({ readAt }) => readAt === null)).toEqual([]);
    await remind();
    expect((await api().tasks.list()).totalCount).toBe(0);
    expect((await api().tasks.list({ isDone: true })).items).toMatchObject([
      { id, assigneeName: "Olga", about: "Anna" },
    ]);
  });

  it("that wait for a reply end with it, when they are read and when they are due", async () => {
    await account.addMessage(USER);
    const read = await awaitReply();
    const due = await awaitReply();
    expect((await api().tasks.list()).totalCount).toBe(2);
    world.deps.clock.advance(DAY);
    await account.addMessage(USER, { isOutgoing: true });
    await account.addMessage(USER, { isService: true });
    expect((await api().tasks.list()).totalCount).toBe(2);
    await account.addMessage(USER);
    world.deps.clock.advance(DAY);
    await remind();
    expect(await notices()).toEqual([]);
    const ended = (await api().tasks.list({ isDone: true })).items;
    expect(ended.map(({ id, doneBy }) => [id, doneBy]).toSorted()).toEqual(
      [read, due].map(({ id }) => [id, "replied"]).toSorted(),
    );
    const third = await awaitReply();
    await account.addMessage(USER);
    expect((await api().tasks.list({ entity: "contact", entityId: contactId })).items).toEqual([]);
    expect((await api().tasks.list({ isDone: true })).items.find(({ id }) => id === third.id)).toMatchObject({
      doneBy: "replied",
    });
  });

  it("that wait for a reply in vain tell of that", async () => {
    await account.addMessage(USER);
    await awaitReply(2);
    world.deps.clock.advance(2 * DAY);
    await remind();
    expect(await notices()).toMatchObject([{ title: "No reply yet", body: "Anna: Ask again" }]);
  });

  it("are refused about what is not there, or for no agent", async () => {
    const none = crypto.randomUUID();
    const create = (given: object) => api().tasks.create({ title: "Call", ...given });
    await expect(create({ entity: "deal", entityId: none })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await expect(create({ entity: "deal" })).rejects.toMatchObject(refusal("VALIDATION"));
    await expect(create({ assigneeId: none })).rejects.toMatchObject(refusal("VALIDATION"));
    const unlessReply = { accountId: account.accountId, chatId: "5" };
    await expect(create({ unlessReply, dueAt: at(1) })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await expect(create({ unlessReply: { ...unlessReply, chatId: String(USER) } })).rejects.toMatchObject(
      refusal("VALIDATION"),
    );
    for (const title of ["b", "a"]) await create({ title, dueAt: title === "a" ? at(1) : null });
    const first = await api().tasks.list({ limit: 1 });
    const second = await api().tasks.list({ limit: 1, offsetId: first.nextOffsetId ?? "" });
    expect([...first.items, ...second.items].map(({ title }) => title)).toEqual(["a", "b"]);
    expect(second.hasMore).toBe(false);
  });

  it("notes are written once, and changed by their author alone", async () => {
    const clientId = crypto.randomUUID();
    const input = { entity: "contact", entityId: contactId, text: "Likes blue", clientId } as const;
    const note = await api().notes.create(input);
    expect(await api().notes.create(input)).toEqual(note);
    const other = world.as(await world.makeAgent({ name: "Pavel" })).chats.notes;
    await expect(other.create(input)).rejects.toMatchObject(refusal("CONFLICT"));
    await expect(other.update({ id: note.id, text: "x" })).rejects.toMatchObject(refusal("FORBIDDEN"));
    await expect(other.delete({ id: note.id })).rejects.toMatchObject(refusal("FORBIDDEN"));
    expect(await api().notes.update({ id: note.id, text: "Likes red" })).toMatchObject({ text: "Likes red" });
    await world.as(keyWith("chats:write", "auth:write")).chats.notes.delete({ id: note.id });
    await expect(api().notes.delete({ id: note.id })).rejects.toMatchObject(refusal("NOT_FOUND"));
  });
});
