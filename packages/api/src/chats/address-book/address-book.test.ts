import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Actor } from "../../actor.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { callerOf, makeAgent } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../../testing/linked-account.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";

const WAIT = { timeout: 20_000, interval: 20 };

describeOnDatabases("Address books", (world) => {
  let telegram: FakeTelegram;
  let account: LinkedTestAccount;
  let owner: Actor;
  let me: number;
  const by = (actor: Actor) => callerOf(world.deps, actor).chats;
  const accountId = () => account.accountId;
  const addPerson = (firstName: string) => telegram.addUser({ firstName }).id;
  const put = (id: number, firstName: string, lastName: string | null = null) =>
    telegram.world.setContact(me, id, { firstName, lastName });
  const named = async (userId: number) =>
    (await by(owner).contacts.list({ limit: 100 })).items.find(
      ({ telegramUserId }) => telegramUserId === String(userId),
    );
  const keep = (isOn = true) => by(owner).addressBook.keep({ accountId: accountId(), isOn });
  const inStep = () =>
    vi.waitFor(async () => {
      const { keptAt, isDue } = await by(owner).addressBook.get({ accountId: accountId() });
      expect({ wasKept: keptAt !== null, isDue }).toEqual({ wasKept: true, isDue: false });
    }, WAIT);
  const begin = async () => {
    await account.start();
    await keep();
    await inStep();
  };
  const until = (check: () => Promise<void> | void) => vi.waitFor(check, WAIT);
  const entryOf = async (contactId: string) => (await by(owner).addressBook.entries({ contactId })).items[0];
  const saves = () => telegram.calls.filter(({ method }) => method === "saveContact").length;

  beforeEach(async () => {
    telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    me = telegram.addUser({ firstName: "Me" }).id;
    owner = await makeAgent(world.deps, { name: "Olga", role: "Admin" });
    account = await linkAccount(world.deps, telegram, {
      userId: me,
      owner: `agent:${"personId" in owner ? owner.personId : ""}`,
    });
  });
  afterEach(() => account.stop());

  it("take over no person before the owner asks for it", async () => {
    put(addPerson("Anna"), "Anna");
    await account.start();
    await by(owner).contacts.telegram({ accountId: accountId() });
    expect((await by(owner).contacts.list({})).items).toEqual([]);
    expect(await by(owner).addressBook.get({ accountId: accountId() })).toMatchObject({
      ...{ isOn: false, keptAt: null, peopleCount: 1, contactCount: 0 },
    });
  });

  it("make contacts of the people in them, once", async () => {
    const anna = addPerson("Anna");
    put(anna, "Anna", "Petrova");
    await begin();
    expect(await named(anna)).toMatchObject({ name: "Anna Petrova", phone: `+1000000${anna}`, source: "Telegram" });
    const { totalCount } = await by(owner).contacts.list({});
    await by(owner).addressBook.read({ accountId: accountId() });
    await inStep();
    expect((await by(owner).contacts.list({})).totalCount).toBe(totalCount);
  });

  it("follow what happens on the phone while they are kept", async () => {
    await begin();
    const boris = addPerson("Boris");
    put(boris, "Boris");
    await until(async () => expect(await named(boris)).toMatchObject({ name: "Boris" }));
    put(boris, "Boris", "Ivanov");
    await until(async () => expect(await named(boris)).toMatchObject({ name: "Boris Ivanov" }));
  });

  it("fill what a contact lacks, and leave what an agent wrote or emptied", async () => {
    const [anna, boris] = [addPerson("Anna"), addPerson("Boris")];
    const contact = await by(owner).contacts.create({ name: "Mrs. Petrova", telegramUserId: String(anna) });
    const emptied = await by(owner).contacts.create({ name: "Boris", telegramUserId: String(boris), phone: "+1" });
    await by(owner).contacts.update({ id: emptied.id, version: emptied.version, phone: null });
    put(anna, "Anna");
    put(boris, "Boris");
    await begin();
    expect(await by(owner).contacts.get({ id: contact.id })).toMatchObject({
      ...{ name: "Mrs. Petrova", phone: `+1000000${anna}` },
    });
    expect(await by(owner).contacts.get({ id: emptied.id })).toMatchObject({ phone: null });
  });

  it("let a name be that an agent has changed since", async () => {
    const anna = addPerson("Anna");
    put(anna, "Anna");
    await begin();
    const { id, version } = (await named(anna)) ?? { id: "", version: 0 };
    await by(owner).contacts.update({ id, version, name: "Anna of Delta" });
    put(anna, "Anna", "Petrova");
    await until(async () => expect(await entryOf(id)).toMatchObject({ name: "Anna Petrova" }));
    await inStep();
    expect(await named(anna)).toMatchObject({ name: "Anna of Delta" });
  });

  it("keep a contact who leaves them, and bring back none that was deleted", async () => {
    const [anna, boris] = [addPerson("Anna"), addPerson("Boris")];
    put(anna, "Anna");
    put(boris, "Boris");
    await begin();
    telegram.world.setContact(me, anna, null);
    await by(owner).contacts.delete({ id: (await named(boris))?.id ?? "" });
    await by(owner).addressBook.read({ accountId: accountId() });
    await inStep();
    const kept = await named(anna);
    expect(await entryOf(kept?.id ?? "")).toMatchObject({ isInBook: false });
    expect(await named(boris)).toBeUndefined();
  });

  it("take in a contact under its name in the CRM, rename and remove it, on request", async () => {
    const anna = addPerson("Anna");
    telegram.write(anna, me, "hello");
    await begin();
    const { id } = await by(owner).contacts.create({
      name: "Anna Maria Petrova",
      telegramUserId: String(anna),
    });
    const change = (what: "save" | "remove") =>
      by(owner).addressBook.change({ accountId: accountId(), contactId: id, change: what });
    expect((await change("save")).items).toMatchObject([{ change: "save" }]);
    await until(async () =>
      expect(await entryOf(id)).toMatchObject({ isInBook: true, name: "Anna Maria Petrova", change: null }),
    );
    expect(telegram.world.users.get(me)?.contactNames.get(anna)).toEqual({
      firstName: "Anna",
      lastName: "Maria Petrova",
    });
    await inStep();
    const { version } = await by(owner).contacts.get({ id });
    await by(owner).contacts.update({ id, version, name: "Anna" });
    await change("save");
    await until(async () => expect(await entryOf(id)).toMatchObject({ name: "Anna", change: null }));
    await change("remove");
    await until(async () => expect(await entryOf(id)).toMatchObject({ isInBook: false, change: null }));
    expect(await by(owner).contacts.get({ id })).toMatchObject({ name: "Anna" });
  });

  it("wait as long as Telegram asks for, and write once", async () => {
    const anna = addPerson("Anna");
    telegram.write(anna, me, "hello");
    await begin();
    const { id } = await by(owner).contacts.create({ name: "Anna", telegramUserId: String(anna) });
    telegram.failNextWith("saveContact", "flood", "FLOOD_WAIT_90", 90);
    const before = saves();
    await by(owner).addressBook.change({ accountId: accountId(), contactId: id, change: "save" });
    await until(async () => {
      const { health } = await by(owner).accounts.get({ accountId: accountId() });
      expect(health.floodWaitUntil).not.toBeNull();
    });
    world.deps.clock.advance(60_000);
    publishDue(world.deps.bus);
    expect(saves() - before).toBe(1);
    world.deps.clock.advance(31_000);
    publishDue(world.deps.bus);
    await until(async () => expect(await entryOf(id)).toMatchObject({ isInBook: true, change: null }));
    expect(saves() - before).toBe(2);
  });

  it("say what Telegram refused, and leave both sides as they were", async () => {
    const anna = addPerson("Anna");
    telegram.write(anna, me, "hello");
    await begin();
    const { id } = await by(owner).contacts.create({ name: "Anna", telegramUserId: String(anna) });
    telegram.failNextWith("saveContact", "refused", "CONTACT_REQ_MISSING");
    await by(owner).addressBook.change({ accountId: accountId(), contactId: id, change: "save" });
    await until(async () =>
      expect(await entryOf(id)).toMatchObject({ isInBook: false, change: null, failedBy: "CONTACT_REQ_MISSING" }),
    );
  });

  it("are not changed where they are not kept, nor for people whom the account does not know", async () => {
    const stranger = addPerson("Stranger");
    await account.start();
    const { id } = await by(owner).contacts.create({ name: "Stranger", telegramUserId: String(stranger) });
    const change = () => by(owner).addressBook.change({ accountId: accountId(), contactId: id, change: "save" });
    await expect(change()).rejects.toMatchObject({ cause: { key: "chats.bookNotKept" } });
    await keep();
    await expect(change()).rejects.toMatchObject({ cause: { key: "chats.personUnknown" } });
    const other = await makeAgent(world.deps, { name: "Pavel", role: "Admin" });
    await expect(by(other).addressBook.keep({ accountId: accountId(), isOn: false })).rejects.toMatchObject({
      cause: { key: "chats.accountNotFound" },
    });
  });
});
