import { createHmac } from "node:crypto";
import { sql } from "drizzle-orm";
import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { chatsTopic } from "../../chats/events.ts";
import type { ChatsEvent } from "../../chats/schema.ts";
import { publishDue } from "../../outbox/outbox.ts";
import { trimLogs } from "../../realtime/log.ts";
import { sweepAll } from "../../retention/retention.ts";
import { type Agent, keyWith, makeAgent, refusal } from "../../testing/factories.ts";
import { answered } from "../../testing/fake-webhooks.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { newMessage, startWorkflows, storeAccount, tell } from "../../testing/workflows.ts";

const URL = "https://crm.example.com/hook?token=1";
const WITHIN = { timeout: 15_000, interval: 20 };

describeOnDatabases("Webhooks", (world) => {
  let agent: Agent;
  let accountId: string;
  let stop = async () => {};
  beforeEach(async () => {
    agent = await makeAgent(world.deps);
    ({ accountId } = await storeAccount(world.deps, `agent:${agent.personId}`));
  });
  afterEach(async () => {
    await stop();
    stop = async () => {};
  });

  const api = () => world.as(agent).chats.webhooks;
  const create = (given: object = {}) => api().create({ name: "CRM", url: URL, ...given });
  const say = (...ids: string[]) => tell(world.deps, accountId, ...ids.map((id) => newMessage(accountId, { id })));
  const receiver = () => world.deps.webhooks;
  const told = () => receiver().bodies.map(({ message }) => (message as { id: string } | undefined)?.id);
  const start = () => {
    stop = startWorkflows(world.deps);
  };
  /** Moves the clock until something is so. */
  const passTime = (ms: number, done: () => unknown) =>
    vi.waitFor(async () => {
      world.deps.clock.advance(ms);
      publishDue(world.deps.bus);
      await done();
    }, WITHIN);
  const deliveriesOf = async (webhookId: string) => (await api().deliveries({ webhookId })).items;

  it("are told of what follows, in order and once, signed with a secret that is shown once", async () => {
    await say("1");
    const { secret, id } = await create();
    expect(secret).toMatch(/^whsec_[\w-]{43}$/);
    start();
    await say("2", "3");
    await vi.waitFor(() => expect(told()).toEqual(["2", "3"]), WITHIN);
    const [call] = receiver().calls;
    const [, t, v1] = /^t=(\d+),v1=([\da-f]{64})$/.exec(call?.headers["x-pult-signature"] ?? "") ?? [];
    expect(v1).toBe(createHmac("sha256", secret).update(`${t}.${call?.body}`).digest("hex"));
    const { id: eventId } = receiver().bodies[0] ?? {};
    expect(call?.headers).toMatchObject({
      "x-pult-event": "newMessage",
      "x-pult-event-id": eventId,
      "x-pult-webhook": id,
    });
    expect(receiver().bodies[0]).toMatchObject({ type: "newMessage", accountId, message: { text: "Hello" } });
    expect(await api().list()).toEqual({ items: [expect.not.objectContaining({ secret: expect.anything() })] });
    expect(await world.findWords([secret])).toEqual([]);
    expect(await deliveriesOf(id)).toMatchObject([{ state: "done", statusCode: 200, ms: 5, attempts: 1 }, {}]);
  });

  it("go on after a restart and after an hour of downtime without a gap or a repeat", async () => {
    const { id } = await create();
    start();
    await say("1");
    await vi.waitFor(() => expect(told()).toEqual(["1"]), WITHIN);
    await stop();
    await say("2", "3");
    receiver().answer = () => ({ kind: "unreachable", ms: 1 });
    start();
    await vi.waitFor(async () => expect((await deliveriesOf(id)).at(1)).toMatchObject({ attempts: 1 }), WITHIN);
    await stop();
    const isDown = receiver().calls.length;
    await say("4");
    world.deps.clock.advance(60 * 60_000);
    receiver().answer = () => answered(200);
    start();
    await vi.waitFor(() => expect(told().slice(isDown)).toEqual(["2", "3", "4"]), WITHIN);
    await vi.waitFor(
      async () => expect((await deliveriesOf(id)).every(({ state }) => state === "done")).toBe(true),
      WITHIN,
    );
    expect(new Set(receiver().bodies.map((body) => body.id)).size).toBe(4);
  });

  it.each([
    ["an odd status", answered(418), { statusCode: 418, problem: "answered" }],
    [
      "HTML",
      answered(502, "<html>\u0000 Bad gateway"),
      { statusCode: 502, params: { service: "crm.example.com", status: 502, words: "<html> Bad gateway" } },
    ],
    ["a redirect, which is not followed", answered(302), { statusCode: 302 }],
    ["nothing", { kind: "noAnswer", ms: 10_000 } as const, { statusCode: null, problem: "noAnswer" }],
    ["a private address meanwhile", { kind: "private", ms: 1 } as const, { problem: "notPublic" }],
  ])("try again when the receiver answers %s", async (_, answer, shown) => {
    const { id } = await create();
    receiver().answers.push(answer);
    start();
    await say("1", "2");
    await vi.waitFor(
      async () => expect((await deliveriesOf(id)).at(1)).toMatchObject({ attempts: 1, ...shown }),
      WITHIN,
    );
    // The second waits for the first.
    expect(told()).toEqual(["1"]);
    await passTime(1_000, () => expect(told()).toEqual(["1", "1", "2"]));
    expect(receiver().bodies[0]?.id).toBe(receiver().bodies[1]?.id);
  });

  it("give an event up after a day, tell its creator after an hour, and are not switched off", async () => {
    const { id } = await create();
    receiver().answer = () => answered(500);
    start();
    await say("1", "2");
    await passTime(60_000, async () =>
      expect((await world.as(agent).notifications.inbox.list({})).notices).toMatchObject([
        { kind: "workflows.webhookFailing", title: "Webhook CRM is failing" },
      ]),
    );
    expect(receiver().calls.length).toBeGreaterThan(5);
    await passTime(3_600_000, async () =>
      expect((await deliveriesOf(id)).map(({ state }) => state)).toEqual(["failed", "failed"]),
    );
    expect((await api().list()).items).toMatchObject([{ isActive: true, failingSince: expect.any(String) }]);
    expect((await world.as(agent).notifications.inbox.list({})).notices).toHaveLength(1);
    receiver().answer = () => answered(204);
    const [newest] = await deliveriesOf(id);
    const before = receiver().bodies.at(-1)?.id;
    await api().replay({ deliveryId: newest?.id ?? "" });
    await vi.waitFor(async () => expect((await deliveriesOf(id))[0]).toMatchObject({ state: "done" }), WITHIN);
    expect(receiver().bodies.at(-1)?.id).toBe(before);
    expect((await api().list()).items).toMatchObject([{ failingSince: null }]);
  });

  it("sign with the new and the former secret for a day after it was replaced", async () => {
    const { id, secret } = await create();
    const rotated = await api().rotateSecret({ id });
    expect(rotated.previousSecretUntil).toBe("2026-03-11T12:00:00.000Z");
    const signatures = async () => {
      await api().test({ id });
      const call = receiver().calls.at(-1);
      const [, t, ...given] = call?.headers["x-pult-signature"]?.split(/[,=](?:v1=)?/) ?? [];
      const expected = (key: string) => createHmac("sha256", key).update(`${t}.${call?.body}`).digest("hex");
      return { given, expected };
    };
    const both = await signatures();
    expect(both.given).toEqual([both.expected(rotated.secret), both.expected(secret)]);
    world.deps.clock.advance(24 * 60 * 60_000);
    const one = await signatures();
    expect(one.given).toEqual([one.expected(rotated.secret)]);
  });

  it("are told of what they ask for: types, direction, and accounts that their creator sees", async () => {
    const other = await storeAccount(world.deps, "agent:00000000-0000-4000-8000-000000000001");
    await create({ events: ["newMessage", "messageSent"], direction: "outgoing" });
    await world.as(keyWith("chats:write")).chats.webhooks.create({ name: "All", url: "https://all.example.com/" });
    start();
    const deleted: ChatsEvent = { type: "messageDeleted", accountId, chatId: "7", messageIds: ["9"] };
    await tell(world.deps, other.accountId, newMessage(other.accountId, { id: "0", isOutgoing: true }));
    await tell(world.deps, accountId, newMessage(accountId, { id: "1" }), deleted);
    await tell(world.deps, accountId, newMessage(accountId, { id: "2", isOutgoing: true }));
    const toldTo = (host: string) =>
      receiver()
        .calls.filter(({ url }) => url.includes(host))
        .map(({ body }) => JSON.parse(body).message?.id ?? JSON.parse(body).messageIds);
    await vi.waitFor(() => expect(toldTo("all")).toEqual(["0", "1", ["9"], "2"]), WITHIN);
    await vi.waitFor(() => expect(toldTo("crm")).toEqual(["2"]), WITHIN);
  });

  it("are told that a log was dropped before they were told of it", async () => {
    await create();
    await say("1", "2", "3");
    await trimLogs(world.deps.db, [{ prefix: chatsTopic.prefix, retention: 1 }]);
    start();
    await vi.waitFor(
      () => expect(receiver().bodies).toMatchObject([{ type: "missed", accountId }, { message: { id: "3" } }]),
      WITHIN,
    );
  });

  it("hold at most 100 deliveries that wait, and lose nothing behind them", async () => {
    const { id } = await create();
    receiver().answers.push(answered(503));
    start();
    const ids = Array.from({ length: 130 }, (_, index) => String(index + 1));
    await say(...ids);
    await vi.waitFor(async () => expect((await api().list()).items[0]?.waiting).toBe(100), WITHIN);
    await passTime(1_000, () => expect(told()).toEqual(["1", ...ids]));
    await vi.waitFor(
      async () => expect((await api().deliveries({ webhookId: id, state: "done" })).totalCount).toBe(130),
      WITHIN,
    );
  });

  it("wait while they are switched off, and are gone with their deliveries when deleted", async () => {
    const { id } = await create();
    await api().update({ id, isActive: false });
    start();
    await say("1");
    await api().update({ id, isActive: true, name: "Other" });
    await vi.waitFor(() => expect(told()).toEqual(["1"]), WITHIN);
    await api().delete({ id });
    expect(await world.countRows("webhook_deliveries")).toBe(0);
    expect((await world.listAudit("webhooks.deleted"))[0]).toMatchObject({
      targetName: "Other",
      details: { host: "crm.example.com" },
    });
  });

  it("refuse private addresses, other people's hooks, and a replay of what waits", async () => {
    for (const [url, key] of [
      ["http://crm.example.com/", "workflows.targetPrivate"],
      ["https://127.0.0.1/", "workflows.targetPrivate"],
      ["https://crm.invalid/", "workflows.targetUnresolved"],
    ] as const)
      await expect(create({ url })).rejects.toMatchObject(refusal("VALIDATION", { key }));
    const { id } = await create();
    await expect(api().update({ id, url: "https://127.0.0.1/" })).rejects.toMatchObject(refusal("VALIDATION"));
    const colleague = world.as(await makeAgent(world.deps)).chats.webhooks;
    expect(await colleague.list()).toEqual({ items: [] });
    await expect(colleague.rotateSecret({ id })).rejects.toMatchObject(refusal("NOT_FOUND"));
    await expect(world.as(keyWith("chats:read")).chats.webhooks.delete({ id })).rejects.toMatchObject(
      refusal("FORBIDDEN"),
    );
    const admin = world.as(await makeAgent(world.deps, { role: "Admin" })).chats.webhooks;
    expect((await admin.list()).items).toHaveLength(1);
    receiver().answer = () => answered(500);
    start();
    await say("1");
    await vi.waitFor(async () => expect(await deliveriesOf(id)).toHaveLength(1), WITHIN);
    const [delivery] = await deliveriesOf(id);
    await expect(api().replay({ deliveryId: delivery?.id ?? "" })).rejects.toMatchObject(refusal("CONFLICT"));
  });

  it("say what a receiver answers to a test, and forget deliveries after a week", async () => {
    const { id } = await create();
    receiver().answers.push(answered(404, "no such hook"));
    expect(await api().test({ id })).toMatchObject({ isDelivered: false, statusCode: 404, problem: "answered" });
    expect(await api().test({ id })).toMatchObject({ isDelivered: true, statusCode: 200, error: null });
    expect(receiver().bodies.at(-1)).toMatchObject({ type: "test", webhookId: id });
    expect(await deliveriesOf(id)).toMatchObject([{ state: "done" }, { state: "failed" }]);
    world.deps.clock.advance(8 * 24 * 60 * 60_000);
    await sweepAll(world.contextOf({ kind: "system" }));
    expect(await world.query(sql`select id from webhook_deliveries`)).toEqual([]);
  });
});
