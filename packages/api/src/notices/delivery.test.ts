import { credentials } from "@pult/db/schema/auth.ts";
import { eq, sql } from "drizzle-orm";
import { expect, it } from "vitest";
import type { Customer } from "../actor.ts";
import { BotError } from "../telegram/bot.ts";
import { type Agent, keyWith, makeCustomer, makeTelegramCustomer, refusal, SYSTEM } from "../testing/factories.ts";
import { createTestDesk, settleOutbox } from "../testing/telegram-desk.ts";
import { createTestDeps, describeOnBothDatabases, type TestWorld } from "../testing/test-deps.ts";
import type { SetPreferencesInput } from "./schema.ts";

const MINUTE_MS = 60_000;
const NIGHT = { quietHours: { from: "22:00", to: "08:00" }, timeZone: "Europe/Berlin" };
const fcm = (token: string) => ({ provider: "fcm" as const, token });

/** An agent with a phone and conversations that are theirs; customers' messages are what they are told of. */
async function start(world: TestWorld, given: { preferences?: SetPreferencesInput; tokens?: string[] } = {}) {
  const { preferences = {}, tokens = ["phone"] } = given;
  const agent = await world.makeAgent();
  const api = world.as(agent);
  await api.notifications.preferences.set(preferences);
  for (const token of tokens) await api.notifications.push.subscribe({ target: fcm(token) });
  return { agent, api, inbox: api.notifications.inbox };
}

async function converse(world: TestWorld, agent: Agent, name: string) {
  const customer = makeCustomer({ name });
  const { conversationId } = await world.writeAs(customer, { text: "first" });
  await world.as(SYSTEM).support.assign({ conversationId, assigneeId: agent.personId });
  await world.as(agent).notifications.inbox.markRead({ all: true });
  await settleOutbox(world.deps);
  world.deps.push.pushes.length = 0;
  world.deps.clock.advance(2 * 60 * MINUTE_MS);
  return { conversationId, write: (text: string) => world.writeAs(customer, { text }) };
}

describeOnBothDatabases("A notice's push", (world) => {
  const deliver = () => settleOutbox(world.deps);
  const shown = () => world.deps.push.delivered.map(({ message: { title, body } }) => `${title}: ${body}`);
  const decisions = async (agent: Agent) =>
    (await world.as(agent).notifications.deliveries.list({})).deliveries
      .toReversed()
      .filter(({ kind }) => kind === "support.message")
      .map(({ state, reason }) => [state, reason]);
  const pass = async (ms: number) => {
    world.deps.clock.advance(ms);
    await deliver();
  };

  it("leaves at once, and what follows within a minute leaves together, once", async () => {
    const { agent } = await start(world);
    const { write } = await converse(world, agent, "Anna");
    for (const text of ["one", "two", "three"]) {
      await write(text);
      await deliver();
    }
    expect(shown()).toEqual(["Anna: one"]);
    await pass(59_999);
    expect(shown()).toHaveLength(1);
    await pass(1);
    expect(shown()).toEqual(["Anna: one", "Anna (3): three"]);
    const [first, second] = world.deps.push.pushes.map(({ message }) => message);
    expect(second?.collapseKey).toBe(first?.collapseKey);
    expect(second?.data).toMatchObject({ type: "notice", kind: "support.message", count: "3", unread: "1" });
    await pass(60 * MINUTE_MS);
    expect(shown()).toHaveLength(2);
  });

  it("waits for the end of the quiet hours, and leaves as one with what else waited", async () => {
    world.deps.clock.set("2026-03-28T17:00:00Z");
    const { agent } = await start(world, { preferences: NIGHT });
    const [anna, boris] = [await converse(world, agent, "Anna"), await converse(world, agent, "Boris")];
    world.deps.clock.set("2026-03-28T22:00:00Z");
    await anna.write("late");
    await deliver();
    await anna.write("later");
    await boris.write("hello");
    await deliver();
    const waiting = [["waiting", "Quiet hours until 08:00 (Europe/Berlin)"]];
    expect((await decisions(agent)).slice(-2)).toEqual([...waiting, ...waiting]);
    const { deliveries } = await world.as(agent).notifications.deliveries.list({ limit: 1 });
    expect(deliveries[0]).toMatchObject({
      problem: "quietHours",
      params: { until: "08:00", timeZone: "Europe/Berlin" },
    });
    world.deps.clock.set("2026-03-29T05:59:59Z");
    await deliver();
    expect(shown()).toEqual([]);
    await pass(1_000);
    expect(shown()).toEqual([expect.stringMatching(/^2 notifications: .*Anna \(2\): later/s)]);
    expect(shown()[0]).toContain("Boris: hello");
    expect((await decisions(agent)).slice(-2)).toEqual([
      ["skipped", expect.stringMatching(/^Merged into notices\.notice:\d+$/)],
      ["done", null],
    ]);
    await pass(60 * MINUTE_MS);
    expect(shown()).toHaveLength(1);
  });

  it("that a provider refused until the quiet hours goes on after them", async () => {
    world.deps.clock.set("2026-03-28T17:00:00Z");
    const { agent } = await start(world, { preferences: NIGHT });
    const { write } = await converse(world, agent, "Anna");
    world.deps.clock.set("2026-03-28T20:59:30Z");
    world.deps.push.answerNext({ state: "retry", providerStatus: 429, reason: "Slow down", retryAfterMs: MINUTE_MS });
    await write("one");
    await deliver();
    await pass(MINUTE_MS);
    expect(shown()).toEqual([]);
    expect((await decisions(agent)).slice(-2)).toEqual([
      ["skipped", "Quiet hours until 08:00 (Europe/Berlin); goes on then"],
      ["waiting", null],
    ]);
    world.deps.clock.set("2026-03-29T06:00:00Z");
    await deliver();
    expect(shown()).toEqual(["Anna: one"]);
  });

  it("over the cap waits for the next slot, and none is lost", async () => {
    const { agent } = await start(world, { preferences: { maxPerHour: 2, batchSeconds: 0 } });
    const threads = [];
    for (const name of ["Anna", "Boris", "Vera", "Gleb"]) threads.push(await converse(world, agent, name));
    for (const { write } of threads) {
      await write("hello");
      await deliver();
      world.deps.clock.advance(1_000);
    }
    expect(shown()).toEqual(["Anna: hello", "Boris: hello"]);
    const over = [["waiting", "More than 2 an hour"]];
    expect((await decisions(agent)).slice(-2)).toEqual([...over, ...over]);
    await pass(60 * MINUTE_MS - 4_000);
    expect(shown()[2]).toMatch(/^2 notifications: /);
    expect(shown()[2]).toContain("Vera: hello");
    expect(shown()[2]).toContain("Gleb: hello");
    expect(shown()).toHaveLength(3);
  });

  it("is not sent any more once it was read, archived or snoozed in time", async () => {
    const { agent, inbox } = await start(world, { preferences: { batchSeconds: 0 } });
    world.deps.presence.enter(`agent:${agent.personId}`);
    const threads = [];
    for (const name of ["Anna", "Boris", "Vera", "Gleb"]) threads.push(await converse(world, agent, name));
    for (const { write } of threads) await write("hello");
    await deliver();
    expect(shown()).toEqual([]);
    const of = new Map((await inbox.list({})).notices.map(({ title, id }) => [title, id]));
    const ids = (name: string) => [of.get(name) ?? 0];
    await inbox.markRead({ ids: ids("Anna") });
    await inbox.archive({ ids: ids("Boris") });
    const until = new Date(world.deps.now().getTime() + 60 * MINUTE_MS).toISOString();
    await inbox.snooze({ id: of.get("Vera") ?? 0, until });
    await pass(world.deps.config.pushDelayMs);
    expect(shown()).toEqual(["Gleb: hello"]);
    expect((await decisions(agent)).slice(-4)).toEqual([
      ["skipped", "Read already"],
      ["skipped", "Archived"],
      ["skipped", "Snoozed"],
      ["done", null],
    ]);
  });

  it("of a critical kind passes quiet hours, batches and caps", async () => {
    world.deps.clock.set("2026-03-28T17:00:00Z");
    const { agent } = await start(world, { preferences: { ...NIGHT, maxPerHour: 1 } });
    const { write } = await converse(world, agent, "Anna");
    world.deps.clock.set("2026-03-28T22:00:00Z");
    await write("one");
    await world.deps.db.execute(sql`update notices set severity = 'critical' where read_at is null`);
    await deliver();
    await write("two");
    await world.deps.db.execute(sql`update notices set severity = 'critical' where read_at is null`);
    await deliver();
    expect(shown()).toEqual(["Anna: one", "Anna (2): two"]);
  });

  it("of a kind that is turned off on both ways is not owed; one that is turned off while it waits is listed", async () => {
    const { agent, api, inbox } = await start(world, { preferences: { batchSeconds: 0 } });
    const { write } = await converse(world, agent, "Anna");
    const before = await decisions(agent);
    const turn = (push: boolean) => api.notifications.preferences.set({ kinds: { "support.message": { push } } });
    await turn(false);
    await write("one");
    expect(await decisions(agent)).toEqual(before);
    await turn(true);
    await write("two");
    await turn(false);
    await deliver();
    expect((await decisions(agent)).slice(before.length)).toEqual([["skipped", "Turned off"]]);
    expect([shown(), (await inbox.list({ state: "unread" })).counts.unread]).toEqual([[], 1]);
  });

  it("takes along only what is wanted on the way that it leaves by", async () => {
    world.deps.clock.set("2026-03-28T17:00:00Z");
    const { agent, api } = await start(world, { preferences: NIGHT });
    const { conversationId, write } = await converse(world, agent, "Anna");
    const boss = await world.makeAgent({ name: "Boss" });
    world.deps.clock.set("2026-03-28T22:00:00Z");
    await write("late");
    await world.as(boss).support.note({ conversationId, text: "look", clientId: "n", mentions: [agent.personId] });
    await deliver();
    await api.notifications.preferences.set({ kinds: { "support.mentioned": { push: false } } });
    world.deps.clock.set("2026-03-29T06:00:00Z");
    await deliver();
    expect(shown()).toEqual(["Anna: late"]);
  });

  it("is told by the bot, once, where every device fails at the same time or is removed meanwhile", async () => {
    const boss = makeTelegramCustomer();
    const desk = createTestDesk(world.deps, { customers: [boss] });
    world.deps.telegram = { ...desk.telegram, forum: null };
    const bot = { kinds: { "support.message": { bot: true } }, batchSeconds: 0 };
    const { agent, inbox } = await start(world, { preferences: bot, tokens: ["one", "two"] });
    const telegramId = boss.externalId;
    await world.deps.db.update(credentials).set({ telegramId }).where(eq(credentials.personId, agent.personId));
    const [anna, boris] = [await converse(world, agent, "Anna"), await converse(world, agent, "Boris")];
    const toBot = () => desk.shown(Number(telegramId)).map(({ text }) => text);
    for (const token of ["one", "two"]) world.deps.push.markGone(fcm(token));
    await Promise.all([anna.write("hello"), boris.write("hi")]);
    await deliver();
    expect(toBot().toSorted()).toEqual(["Anna\nhello", "Boris\nhi"]);
    await inbox.markRead({ all: true });
  });

  it("of a kind that is in no list is told anew each time", async () => {
    const { agent, api, inbox } = await start(world, { preferences: { batchSeconds: 0 } });
    await api.notifications.preferences.set({ kinds: { "support.message": { inApp: false } } });
    const { write } = await converse(world, agent, "Anna");
    for (const text of ["one", "two"]) {
      await write(text);
      await deliver();
    }
    expect(shown()).toEqual(["Anna: one", "Anna: two"]);
    expect((await inbox.list({ state: "unread" })).notices).toEqual([]);
  });

  it("is told by the bot where there is no device, or every device is gone", async () => {
    const boss = makeTelegramCustomer();
    const desk = createTestDesk(world.deps, { customers: [boss] });
    // Without a group the bot has nothing else to say.
    world.deps.telegram = { ...desk.telegram, forum: null };
    const bot = { kinds: { "support.message": { bot: true } }, batchSeconds: 0 };
    const { agent, api } = await start(world, { preferences: bot, tokens: [] });
    const telegramId = boss.externalId;
    await world.deps.db.update(credentials).set({ telegramId }).where(eq(credentials.personId, agent.personId));
    const { write } = await converse(world, agent, "Anna");
    const toBot = () => desk.shown(Number(telegramId)).map(({ text }) => text);
    await write("no device");
    await deliver();
    expect(toBot()).toEqual(["Anna\nno device"]);
    await api.notifications.push.subscribe({ target: fcm("phone") });
    await write("device");
    await deliver();
    expect([toBot(), shown()]).toEqual([["Anna\nno device"], ["Anna (2): device"]]);
    world.deps.push.markGone(fcm("phone"));
    await write("gone");
    await deliver();
    expect(toBot()).toEqual(["Anna\nno device", "Anna (3)\ngone"]);
    desk.bot.failNext("sendText", new BotError("forbidden", "Forbidden: bot was blocked by the user"));
    await write("blocked");
    await deliver();
    expect((await decisions(agent)).slice(-1)).toEqual([["failed", "Forbidden: bot was blocked by the user"]]);
  });

  it("keeps every answer of the providers with it, for its person and for staff", async () => {
    const { agent } = await start(world, { tokens: ["phone", "dead"] });
    const other = await world.makeAgent({ role: "User" });
    const { write } = await converse(world, agent, "Anna");
    world.deps.push.answerNext({ state: "retry", providerStatus: 503, reason: "Unavailable", retryAfterMs: 1_000 });
    world.deps.push.markGone(fcm("dead"));
    await write("one");
    await deliver();
    await pass(1_000);
    const { deliveries } = await world.as(agent).notifications.deliveries.list({ limit: 2 });
    const answers = deliveries.flatMap((one) =>
      one.answers.map(({ state, providerStatus }) => `${state} ${providerStatus}`),
    );
    expect(answers.sort()).toEqual(["accepted 200", "removed 410", "retry 503"]);
    const all = await world
      .as(keyWith("notifications:read"))
      .notifications.deliveries.list({ personId: "all", limit: 2 });
    expect(all.deliveries).toEqual(deliveries);
    expect(all.deliveries[0]).toMatchObject({ personName: agent.name, kind: "support.message", route: "push" });
    const { notifications } = world.as(other);
    expect((await notifications.deliveries.list({})).deliveries).toEqual([]);
    for (const personId of [agent.personId, "all"] as const)
      await expect(notifications.deliveries.list({ personId })).rejects.toMatchObject(refusal("FORBIDDEN"));
  });

  it("leaves once from two nodes", async () => {
    const node = createTestDeps(world.database, { clock: world.deps.clock });
    node.push = world.deps.push;
    const { agent } = await start(world);
    const { write } = await converse(world, agent, "Anna");
    await write("one");
    await Promise.all([deliver(), settleOutbox(node)]);
    expect(shown()).toEqual(["Anna: one"]);
    await node.leases.close();
    node.feeds.close();
  });
});

describeOnBothDatabases("A customer's answer", (world) => {
  const deliver = () => settleOutbox(world.deps);

  async function answered(customer: Customer, preferences: SetPreferencesInput) {
    const { conversationId } = await world.writeAs(customer);
    await world.as(customer).notifications.preferences.set(preferences);
    const staff = world.as(await world.makeAgent()).support;
    const reply = (text: string) => staff.reply({ conversationId, text, clientId: text });
    const legs = async () =>
      (await staff.conversation({ conversationId })).messages
        .filter(({ kind }) => kind === "agent")
        .map(({ deliveries }) => deliveries.map(({ leg, state, reason }) => [leg, state, reason]));
    return { reply, legs };
  }

  it("keeps to their quiet hours, and tells of all that waited in one push", async () => {
    world.deps.clock.set("2026-03-28T22:00:00Z");
    const customer = makeCustomer();
    const { reply, legs } = await answered(customer, NIGHT);
    await world.as(customer).support.registerDevice({ target: fcm("phone") });
    for (const text of ["one", "two"]) {
      await reply(text);
      await deliver();
    }
    expect(world.deps.push.pushes).toEqual([]);
    expect((await legs())[0]).toEqual([["push", "pending", "Quiet hours until 08:00 (Europe/Berlin)"]]);
    world.deps.clock.set("2026-03-29T06:00:00Z");
    await deliver();
    expect(world.deps.push.delivered.map(({ message }) => message.body)).toEqual(["Pult: one\nPult: two"]);
    const [first, second] = await legs();
    expect([first, second]).toMatchObject([
      [["push", "delivered", null]],
      [["push", "skipped", expect.stringMatching(/^Merged into /)]],
    ]);
  });

  it("comes from the bot where the customer of an app has proven their Telegram and has no device", async () => {
    const telegram = makeTelegramCustomer();
    const desk = createTestDesk(world.deps, { customers: [telegram] });
    const customer = makeCustomer();
    const { reply, legs } = await answered(customer, {});
    const { externalId } = telegram;
    await world.deps.db.execute(sql`
      insert into identities (namespace, external_id, person_id, proven)
      select 'telegram', ${externalId}, person_id, true from identities where external_id = ${customer.externalId}`);
    await reply("hello");
    await deliver();
    expect(desk.shown(Number(externalId)).map(({ text }) => text)).toEqual(["Pult\nhello"]);
    expect((await legs())[0]).toEqual(
      expect.arrayContaining([
        ["push", "skipped", "Handed to the bot"],
        ["bot", "delivered", null],
      ]),
    );
  });
});
