import { randomUUID } from "node:crypto";
import { telegramStores } from "@pult/db/schema/chats.ts";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { Actor } from "../../actor.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { callerOf, keyWith, makeAgent, SYSTEM } from "../../testing/factories.ts";
import { FakeTelegram } from "../../testing/fake-telegram.ts";
import { type LinkedTestAccount, linkAccount } from "../../testing/linked-account.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { TelegramFailure } from "../engine/port.ts";
import { chatsSlice } from "../slice.ts";
import type { Bulk } from "./schema.ts";

const DAY_MS = 24 * 60 * 60_000;
const WAIT = { timeout: 20_000, interval: 20 };

describeOnDatabases("Bulk messages", (world) => {
  let telegram: FakeTelegram;
  let account: LinkedTestAccount;
  let author: Actor;
  let approver: Actor;
  let me: number;
  const people: { id: number; contactId: string }[] = [];
  const by = (actor: Actor) => callerOf(world.deps, actor).chats;
  const accountId = () => account.accountId;
  const received = (id: number) =>
    [...telegram.world.boxOf(id).messages.values()].map(({ message }) => message).filter((one) => !one.isOutgoing);
  const texts = (id: number) => received(id).map(({ text }) => text);

  async function addPerson(name: string, given: { agrees?: boolean; fields?: Record<string, string> } = {}) {
    const { id } = telegram.addUser({ firstName: name });
    telegram.write(id, me, "hello");
    const contact = await by(author).contacts.create({
      name,
      telegramUserId: String(id),
      ...(given.fields ? { fields: given.fields } : {}),
    });
    people.push({ id, contactId: contact.id });
    return { id, contactId: contact.id };
  }

  const heard = (count: number) =>
    vi.waitFor(async () => expect((await account.events()).length).toBeGreaterThanOrEqual(count), WAIT);

  async function agree(id: number) {
    await by(author).agreements.record({ accountId: accountId(), chatId: String(id), reason: "Asked for news" });
  }

  const draft = (given: object = {}) =>
    by(author).bulk.save({
      ...{ id: randomUUID(), version: 0, accountId: accountId(), name: "News" },
      text: 'Hi {first_name or "there"}',
      contactIds: people.map(({ contactId }) => contactId),
      ...given,
    });

  async function start(given: object = {}): Promise<Bulk> {
    const { id, version } = await draft(given);
    await by(author).bulk.submit({ id, version });
    return by(approver).bulk.approve({ id, version });
  }

  /** Lets time pass until it holds, a little at a time. */
  const passing = (stepMs: number, check: () => Promise<void> | void) =>
    vi.waitFor(async () => {
      world.deps.clock.advance(stepMs);
      publishDue(world.deps.bus);
      await check();
    }, WAIT);

  const stateOf = async ({ id }: { id: string }) => (await by(author).bulk.get({ id })).state;

  beforeEach(async () => {
    people.length = 0;
    telegram = new FakeTelegram(() => Math.floor(world.deps.now().getTime() / 1_000));
    world.deps.mtproto.clients = telegram;
    me = telegram.addUser({ firstName: "Me" }).id;
    const [olga, pavel] = [
      await makeAgent(world.deps, { name: "Olga", role: "Admin" }),
      await makeAgent(world.deps, { name: "Pavel", role: "Admin" }),
    ];
    [author, approver] = [olga, pavel];
    account = await linkAccount(world.deps, telegram, { userId: me, owner: `agent:${olga.personId}` });
    await by(author).accounts.share({ accountId: accountId(), role: "Admin", access: "write" });
    await world.deps.db.update(telegramStores).set({ createdAt: new Date("2020-01-01") });
    const allDay = { windowFrom: "00:00", windowTo: "00:00" };
    await by(author).bulk.setSettings({ accountId: accountId(), gapSeconds: 1, ...allDay });
  });
  afterEach(() => account.stop());

  it("reach those who wrote first and agreed, and name why not the others", async () => {
    const [ann, ben, cat, dan] = [
      await addPerson("Ann Lee"),
      await addPerson("Ben"),
      await addPerson("Cat"),
      await addPerson("Dan"),
    ];
    const eve = telegram.addUser({ firstName: "Eve" });
    telegram.write(me, eve.id, "we wrote first");
    const { id: eveId } = await by(author).contacts.create({ name: "Eve", telegramUserId: String(eve.id) });
    const { id: paper } = await by(author).contacts.create({ name: "Paper" });
    const { id: stranger } = await by(author).contacts.create({ name: "Stranger", telegramUserId: "99999" });
    await account.start();
    await heard(5);
    for (const id of [ann.id, cat.id, dan.id, eve.id]) await agree(id);
    telegram.write(dan.id, me, "/stop");
    await heard(6);
    await by(author).contacts.update({ id: cat.contactId, version: 1, consent: "refused" });
    const contactIds = [ann, ben, cat, dan]
      .map(({ contactId }) => contactId)
      .concat(eveId, paper, stranger, ann.contactId);
    const saved = await draft({ contactIds });
    expect(saved).toMatchObject({ state: "draft", endsAt: expect.any(String), mayApprove: false });
    const { items } = await by(author).bulk.recipients({ id: saved.id });
    expect(items.map(({ name, state, reason }) => [name, state, reason])).toEqual([
      ["Ann Lee", "queued", null],
      ["Ben", "skipped", "noAgreement"],
      ["Cat", "skipped", "refused"],
      ["Dan", "skipped", "stopped"],
      ["Eve", "skipped", "notFirst"],
      ["Paper", "skipped", "noTelegram"],
      ["Stranger", "skipped", "noChat"],
    ]);
    await by(author).bulk.submit({ id: saved.id, version: 1 });
    await by(approver).bulk.approve({ id: saved.id, version: 1 });
    await passing(200, async () => expect(await stateOf(saved)).toBe("done"));
    expect(texts(ann.id)).toEqual(["Hi Ann\n\n/stop to unsubscribe"]);
    telegram.read(ann.id, me);
    await vi.waitFor(
      async () => expect((await by(author).bulk.get({ id: saved.id })).counts).toMatchObject({ read: 1, skipped: 6 }),
      WAIT,
    );
  });

  it("keep to the daily limit and the window of each recipient's clock", async () => {
    const field = await by(author).fields.create({ entity: "contact", name: "Time zone", type: "text" });
    const here = [await addPerson("A"), await addPerson("B"), await addPerson("C")];
    const tokyo = await addPerson("Kenji", { fields: { [field.id]: "Asia/Tokyo" } });
    await account.start();
    await heard(4);
    for (const { id } of people) await agree(id);
    // 12:00 UTC: 21:00 in Tokyo.
    await by(author).bulk.setSettings({
      accountId: accountId(),
      dailyLimit: 2,
      windowFrom: "09:00",
      windowTo: "20:00",
    });
    const { id } = await start();
    const sent = () => people.filter((one) => texts(one.id).length > 0).length;
    await passing(200, () => expect(sent()).toBe(2));
    expect(texts(tokyo.id)).toEqual([]);
    const { nextAt } = await by(author).bulk.get({ id });
    world.deps.clock.set(new Date(Date.parse(nextAt ?? "") - 5_000).toISOString());
    expect(sent()).toBe(2);
    await passing(1_000, () => expect(sent()).toBe(3));
    expect(texts(tokyo.id)).toEqual([]);
    world.deps.clock.advance(12 * 3_600_000);
    await passing(1_000, async () => expect(await stateOf({ id })).toBe("done"));
    expect([...here, tokyo].map((one) => texts(one.id).length)).toEqual([1, 1, 1, 1]);
    const moments = people.flatMap((one) => received(one.id).map(({ date }) => date)).toSorted((a, b) => a - b);
    expect((moments[2] ?? 0) - (moments[0] ?? 0)).toBeGreaterThanOrEqual(24 * 3_600);
    const hour = new Date((received(tokyo.id)[0]?.date ?? 0) * 1_000).getUTCHours();
    expect(hour < 11).toBe(true);
  });

  it("stop at once with /stop, pause and cancel, and go on after a pause", async () => {
    const [ann, ben, cat] = [await addPerson("Ann"), await addPerson("Ben"), await addPerson("Cat")];
    await account.start();
    await heard(3);
    for (const { id } of people) await agree(id);
    await by(author).bulk.setSettings({ accountId: accountId(), gapSeconds: 600 });
    const { id } = await start();
    await passing(10, () => expect(texts(ann.id)).toHaveLength(1));
    telegram.write(ben.id, me, "Stop");
    await vi.waitFor(async () => {
      const { items } = await by(author).bulk.recipients({ id, state: "skipped" });
      expect(items).toMatchObject([{ name: "Ben", reason: "stopped" }]);
    }, WAIT);
    await by(approver).bulk.setState({ id, state: "paused" });
    world.deps.clock.advance(3_600_000);
    expect(await by(author).bulk.setState({ id, state: "paused" })).toMatchObject({
      state: "paused",
      pauseReason: null,
    });
    expect(texts(cat.id)).toEqual([]);
    await by(author).bulk.setState({ id, state: "running" });
    await passing(1_000, async () => expect(await stateOf({ id })).toBe("done"));
    expect([ann, ben, cat].map((one) => texts(one.id).filter((text) => text.startsWith("Hi")).length)).toEqual([
      1, 0, 1,
    ]);
    const other = await draft();
    await by(author).bulk.setState({ id: other.id, state: "cancelled" });
    for (const state of ["running", "paused"] as const)
      await expect(by(author).bulk.setState({ id: other.id, state })).rejects.toMatchObject({
        cause: { key: "chats.bulkStep" },
      });
  });

  it("are all stopped by PEER_FLOOD, whose recipient is not lost, and wait out FLOOD_WAIT exactly", async () => {
    const [ann, ben] = [await addPerson("Ann"), await addPerson("Ben")];
    await account.start();
    await heard(2);
    for (const { id } of people) await agree(id);
    telegram.failNextWith("send", "flood", "FLOOD_WAIT_300", 300);
    const first = await start();
    await vi.waitFor(() => expect(telegram.countCalls("send")).toBe(1), WAIT);
    const from = world.deps.now().getTime();
    telegram.failNextWith("send", "refused", "PEER_FLOOD");
    const second = await start({ name: "Second" });
    await passing(5_000, async () => expect(await stateOf(first)).toBe("paused"));
    expect(world.deps.now().getTime() - from).toBeGreaterThanOrEqual(295_000);
    // The pause comes with Telegram's answer, the recipient's place with the end of the call.
    for (const { id } of [first, second])
      await vi.waitFor(
        async () =>
          expect(await by(author).bulk.get({ id })).toMatchObject({
            state: "paused",
            pauseReason: "PEER_FLOOD",
            counts: { queued: 2 },
          }),
        WAIT,
      );
    const { notices } = await callerOf(world.deps, author).notifications.inbox.list({});
    expect(notices.map(({ kind }) => kind)).toEqual(expect.arrayContaining(["chats.sendingStopped", "chats.bulk"]));
    const resume = () => by(author).bulk.setState({ id: first.id, state: "running" });
    await expect(resume()).rejects.toMatchObject({ cause: { key: "chats.sendingStopped" } });
    await by(author).accounts.resume({ accountId: accountId() });
    await resume();
    await passing(1_000, async () => expect(await stateOf(first)).toBe("done"));
    expect([ann, ben].map(({ id }) => texts(id).length)).toEqual([1, 1]);
    expect(await stateOf(second)).toBe("paused");
  });

  it("reach each recipient once when answers are lost and the process dies in between", async () => {
    for (const name of ["A", "B", "C", "D", "E"]) await addPerson(name);
    await account.start();
    await heard(5);
    for (const { id } of people) await agree(id);
    telegram.failNextWith("send", "refused", "USER_IS_BLOCKED");
    const { id } = await start();
    await passing(200, () => expect(telegram.countCalls("send")).toBe(1));
    telegram.failNext("send", new TelegramFailure("down", "TIMEOUT", { mayHaveHappened: true }), { after: true });
    await passing(200, () => expect(telegram.countCalls("send")).toBe(2));
    await account.stop();
    await account.start();
    await passing(500, async () => expect(await stateOf({ id })).toBe("done"));
    expect(people.map((one) => texts(one.id).length)).toEqual([0, 1, 1, 1, 1]);
    const { items } = await by(author).bulk.recipients({ id, state: "failed" });
    expect(items).toMatchObject([{ name: "A", reason: "USER_IS_BLOCKED" }]);
  });

  it("go on with those who are left when limits change, and after pauses and restarts in quick succession", async () => {
    for (const name of ["A", "B", "C", "D", "E", "F"]) await addPerson(name);
    await account.start();
    await heard(6);
    for (const { id } of people) await agree(id);
    const { id } = await start();
    const sent = () => people.filter((one) => texts(one.id).length > 0).length;
    for (const dailyLimit of [4, 200, 5]) {
      await passing(300, () => expect(sent()).toBeGreaterThan(0));
      await by(author).bulk.setSettings({ accountId: accountId(), dailyLimit });
      for (const state of ["paused", "running", "paused", "running"] as const)
        await by(author).bulk.setState({ id, state });
      await account.stop();
      await account.start();
    }
    await passing(300, () => expect(sent()).toBe(5));
    expect(await stateOf({ id })).toBe("running");
    world.deps.clock.advance(24 * 3_600_000);
    await passing(1_000, async () => expect(await stateOf({ id })).toBe("done"));
    expect(people.map((one) => texts(one.id).length)).toEqual([1, 1, 1, 1, 1, 1]);
  });

  it("pause when a backup is restored, and recognise who has the message already", async () => {
    const [ann, ben] = [await addPerson("Ann"), await addPerson("Ben")];
    await account.start();
    await heard(2);
    for (const { id } of people) await agree(id);
    await by(author).bulk.setSettings({ accountId: accountId(), windowFrom: "02:00", windowTo: "03:00" });
    const { id } = await start();
    await world.deps.db.transaction(async (tx) => chatsSlice.restored?.(tx, world.deps.now()));
    expect(await by(author).bulk.get({ id })).toMatchObject({ state: "paused", pauseReason: "restored" });
    // The server that the backup was taken of had sent this one.
    telegram.write(me, ann.id, "Hi Ann\n\n/stop to unsubscribe");
    await heard(3);
    await by(author).bulk.setSettings({ accountId: accountId(), windowFrom: "00:00", windowTo: "00:00" });
    await by(author).bulk.setState({ id, state: "running" });
    await passing(200, async () => expect(await stateOf({ id })).toBe("done"));
    expect([ann, ben].map((one) => texts(one.id).length)).toEqual([1, 1]);
    expect((await by(author).bulk.get({ id })).counts).toMatchObject({ sent: 2, failed: 0 });
  });

  it("are approved by another person, once, as they were looked at", async () => {
    const ann = await addPerson("Ann");
    await account.start();
    await heard(1);
    const empty = await draft();
    const key = (run: Promise<unknown>) =>
      run.then(
        () => null,
        (error: { cause?: { key?: string } }) => error.cause?.key,
      );
    expect(await key(by(author).bulk.submit({ id: empty.id, version: 1 }))).toBe("chats.bulkEmpty");
    await agree(ann.id);
    const { id } = await by(author).bulk.save({
      ...{ id: empty.id, version: 1, accountId: accountId(), name: "News", text: "Hi", contactIds: [ann.contactId] },
    });
    expect(await key(by(approver).bulk.approve({ id, version: 2 }))).toBe("chats.bulkStep");
    await by(author).bulk.submit({ id, version: 2 });
    expect(await key(by(author).bulk.approve({ id, version: 2 }))).toBe("chats.bulkOwnApproval");
    expect(await key(by(keyWith("chats:write")).bulk.approve({ id, version: 2 }))).toBe("chats.personsOnly");
    expect(await key(by(approver).bulk.approve({ id, version: 1 }))).toBe("chats.bulkChanged");
    await by(approver).bulk.approve({ id, version: 2 });
    await by(approver).bulk.approve({ id, version: 2 });
    const third = await makeAgent(world.deps, { name: "Third", role: "Admin" });
    expect(await key(by(third).bulk.approve({ id, version: 2 }))).toBe("chats.bulkStep");
    expect(await key(draft({ id, version: 2 }))).toBe("chats.bulkStep");
    await passing(200, async () => expect(await stateOf({ id })).toBe("done"));
    expect(texts(ann.id)).toHaveLength(1);
    await by(author).accounts.share({ accountId: accountId(), role: "Admin", access: null });
    const alone = await draft();
    await by(author).bulk.submit({ id: alone.id, version: 1 });
    expect(await by(author).bulk.approve({ id: alone.id, version: 1 })).toMatchObject({ state: "running" });
    expect(await key(by(approver).bulk.get({ id }))).toBe("chats.bulkNotFound");
  });

  it("lose what they said to each contact after its days, and keep who got it", async () => {
    const ann = await addPerson("Ann");
    await account.start();
    await heard(1);
    await agree(ann.id);
    const { id } = await start();
    await passing(200, async () => expect(await stateOf({ id })).toBe("done"));
    const ofAnn = async () => (await by(author).bulk.recipients({ id })).items;
    const run = (dryRun: boolean) => callerOf(world.deps, SYSTEM).auth.retention.run({ dryRun });
    world.deps.clock.advance(89 * DAY_MS);
    expect(await run(true)).toMatchObject({ counts: { bulkTexts: 0 } });
    expect(await ofAnn()).toMatchObject([{ name: "Ann", text: expect.stringContaining("Hi Ann"), state: "sent" }]);
    world.deps.clock.advance(2 * DAY_MS);
    for (const dryRun of [true, false]) expect(await run(dryRun)).toMatchObject({ counts: { bulkTexts: 1 } });
    expect(await run(false)).toMatchObject({ counts: { bulkTexts: 0 } });
    expect(await ofAnn()).toMatchObject([{ name: "Ann", text: "", state: "sent" }]);
  });

  it("are refused with texts and lists that cannot be sent", async () => {
    await addPerson("Ann");
    const key = (given: object) =>
      draft(given).then(
        () => null,
        (error: { cause?: { key?: string }; message: string }) => error.cause?.key ?? error.message,
      );
    expect(await key({ text: "  " })).toBe("chats.textRequired");
    expect(await key({ text: "x".repeat(4_090) })).toBe("chats.bulkTooLong");
    expect(await key({ text: "Hi {nick}" })).toBe("request.invalidField");
    expect(await key({ matching: { filters: [] } })).toBe("request.invalidField");
    expect(await key({ accountId: randomUUID() })).toBe("chats.accountNotFound");
    const id = randomUUID();
    await draft({ id });
    expect(await draft({ id })).toMatchObject({ version: 1 });
    expect(await key({ id, text: "other" })).toBe("chats.bulkChanged");
    expect((await by(author).bulk.list({})).items).toHaveLength(1);
  });
});
