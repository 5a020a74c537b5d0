import { outbox } from "@pult/db/schema/outbox.ts";
import { pushAttempts, pushSubscriptions } from "@pult/db/schema/push.ts";
import { ne } from "drizzle-orm";
import { describe, expect, it } from "vitest";
import type { PushResult } from "../push/sender.ts";
import { keyWith, makeCustomer, refusal, unique } from "../testing/factories.ts";
import { settleOutbox } from "../testing/telegram-desk.ts";
import { describeOnDatabases } from "../testing/test-deps.ts";

const RETRY: PushResult = { state: "retry", providerStatus: 503, reason: "Service Unavailable", retryAfterMs: null };
const FAILED: PushResult = { state: "failed", providerStatus: 403, reason: "SENDER_ID_MISMATCH" };

describeOnDatabases("Push", (world) => {
  /** A customer with devices, and a server that answers them. */
  async function start(tokens: string[] = ["phone"]) {
    const customer = makeCustomer();
    const own = world.as(customer).support;
    const { conversationId } = await world.writeAs(customer);
    for (const token of tokens) await own.registerDevice({ target: { provider: "fcm", token } });
    const server = keyWith("support:write");
    const api = world.as(server).support;
    const reply = async (text: string, photoIds: string[] = []) =>
      (await api.reply({ conversationId, text, photoIds, clientId: unique("r") })).message;
    const legOf = async (messageId: number) => {
      const page = await api.conversation({ conversationId });
      return page.messages.find((message) => message.id === messageId)?.deliveries[0];
    };
    const devices = async () => (await api.conversation({ conversationId })).conversation.devices;
    return { customer, own, conversationId, server, api, reply, legOf, devices };
  }

  const deliver = () => settleOutbox(world.deps);
  const pushed = () =>
    world.deps.push.pushes.map(({ target, result }) => [target.provider === "fcm" ? target.token : "", result.state]);
  const attempts = () => world.deps.db.select().from(pushAttempts).orderBy(pushAttempts.id);

  it("carries an agent's answer to every device, and nothing else of the conversation", async () => {
    const { customer, conversationId, reply, api, legOf } = await start(["phone", "tablet"]);
    const message = await reply("Your order\nis ready");
    await api.note({ conversationId, text: "internal", clientId: "n1" });
    await deliver();
    expect(pushed().sort()).toEqual([
      ["phone", "accepted"],
      ["tablet", "accepted"],
    ]);
    expect(world.deps.push.pushes[0]?.message).toEqual({
      title: "Pult",
      body: "Your order is ready",
      data: { type: "support_message", message_id: String(message.id), user_id: customer.externalId },
      collapseKey: `m${message.id}`,
      ttlSeconds: 86_400,
      badge: 1,
    });
    expect(await legOf(message.id)).toMatchObject({ leg: "push", state: "delivered" });
  });

  it("shows a camera for a photo without words, and the beginning of a long text", async () => {
    const { reply, server } = await start();
    await reply("", [await world.uploadAs(server)]);
    await reply("word ".repeat(4_000));
    await deliver();
    const bodies = world.deps.push.pushes.map(({ message }) => message.body);
    expect(bodies).toContain("📷");
    expect(bodies.find((body) => body !== "📷")).toMatch(/^word word .+…$/);
  });

  it("goes out at once to a customer who is away, and waits for one who is connected", async () => {
    const { customer, reply } = await start();
    await reply("away");
    await deliver();
    expect(pushed()).toHaveLength(1);
    const leave = world.deps.presence.enter(`app:${customer.externalId}`);
    await reply("connected");
    leave();
    world.deps.clock.advance(3_999);
    await deliver();
    expect(pushed()).toHaveLength(1);
    world.deps.clock.advance(1);
    await deliver();
    expect(pushed()).toHaveLength(2);
  });

  it("is not sent for what the customer has seen meanwhile, and says so", async () => {
    const { customer, own, reply, legOf } = await start();
    const leave = world.deps.presence.enter(`app:${customer.externalId}`);
    const { id } = await reply("seen");
    await own.markRead({ messageId: id });
    leave();
    world.deps.clock.advance(4_000);
    await deliver();
    expect(pushed()).toEqual([]);
    expect(await legOf(id)).toMatchObject({ leg: "push", state: "skipped", problem: "seen", retryAt: null });
  });

  it("leaves in order: one that waits to be seen goes first once the customer has left", async () => {
    const { customer, reply } = await start();
    const leave = world.deps.presence.enter(`app:${customer.externalId}`);
    await reply("waits");
    leave();
    await reply("goes");
    await deliver();
    expect(world.deps.push.pushes.map(({ message }) => message.body)).toEqual(["waits", "goes"]);
  });

  it("reaches a device in order when the provider refuses the first for a while", async () => {
    const { reply } = await start();
    world.deps.push.answerNext(RETRY);
    for (const text of ["one", "two", "three"]) await reply(text);
    await deliver();
    world.deps.clock.advance(1_000);
    await deliver();
    const accepted = world.deps.push.pushes.filter(({ result }) => result.state === "accepted");
    expect(accepted.map(({ message }) => message.body)).toEqual(["one", "two", "three"]);
  });

  it("is tried again for the device that failed only, by a growing wait", async () => {
    const { reply, legOf } = await start(["phone", "tablet"]);
    world.deps.push.answerNext(RETRY);
    const { id } = await reply("x");
    await deliver();
    const [failed] = pushed().filter(([, state]) => state === "retry");
    expect(await legOf(id)).toMatchObject({ state: "pending", reason: "Service Unavailable" });
    world.deps.clock.advance(999);
    await deliver();
    expect(pushed()).toHaveLength(2);
    world.deps.clock.advance(1);
    await deliver();
    expect(pushed()).toHaveLength(3);
    expect(pushed().at(-1)).toEqual([failed?.[0], "accepted"]);
    expect(await legOf(id)).toMatchObject({ state: "delivered" });
  });

  it("reaches every other device, in order, while one keeps failing", async () => {
    const { reply, legOf } = await start(["broken", "phone"]);
    world.deps.push.answerFor({ provider: "fcm", token: "broken" }, RETRY);
    const answers = [await reply("one"), await reply("two"), await reply("three")];
    await deliver();
    const reached = world.deps.push.delivered.map(({ target, message }) => [target, message.body]);
    expect(reached).toEqual(["one", "two", "three"].map((body) => [{ provider: "fcm", token: "phone" }, body]));
    expect(pushed().filter(([token]) => token === "broken")).toEqual([["broken", "retry"]]);
    for (const { id } of answers) expect(await legOf(id)).toMatchObject({ state: "pending" });
  });

  it.each(["phone", "tablet"])(
    "is delivered when one of two devices accepted it and the %s failed for good",
    async (token) => {
      const { reply, legOf } = await start(["phone", "tablet"]);
      world.deps.push.answerFor({ provider: "fcm", token }, FAILED);
      const { id } = await reply("x");
      await deliver();
      const states = pushed().map(([, state]) => state);
      expect(states.sort()).toEqual(["accepted", "failed"]);
      expect(await legOf(id)).toMatchObject({ leg: "push", state: "delivered", reason: null });
    },
  );

  it("reaches each of several devices that one item of an older version names", async () => {
    const { reply } = await start(["phone", "tablet", "watch"]);
    const { id: messageId } = await reply("x");
    const named = await world.deps.db.select().from(pushSubscriptions).where(ne(pushSubscriptions.token, "watch"));
    await world.deps.db.update(outbox).set({ payload: { messageId, deviceIds: named.map(({ id }) => id) } });
    await deliver();
    expect(pushed().sort()).toEqual([
      ["phone", "accepted"],
      ["tablet", "accepted"],
    ]);
  });

  it("waits as long as the provider asks", async () => {
    const { reply } = await start();
    world.deps.push.answerNext({ ...RETRY, providerStatus: 429, retryAfterMs: 30_000 });
    await reply("x");
    await deliver();
    world.deps.clock.advance(29_999);
    await deliver();
    expect(pushed()).toHaveLength(1);
    world.deps.clock.advance(1);
    await deliver();
    expect(pushed()).toHaveLength(2);
  });

  it("is given up after 8 tries, with the provider's words, and sent again by retryDelivery", async () => {
    const { reply, legOf, api } = await start();
    world.deps.push.answerAll = RETRY;
    const { id } = await reply("x");
    for (let tries = 0; tries < 12; tries++) {
      await deliver();
      world.deps.clock.advance(120_000);
    }
    expect(pushed()).toHaveLength(8);
    expect(await legOf(id)).toMatchObject({ state: "failed", reason: "Service Unavailable" });
    world.deps.push.answerAll = null;
    await api.retryDelivery({ messageId: id });
    await deliver();
    expect(await legOf(id)).toMatchObject({ state: "delivered", reason: null });
  });

  it("takes a dead token out of use, and the other devices get theirs", async () => {
    const { reply, devices, legOf } = await start(["dead", "phone"]);
    world.deps.push.markGone({ provider: "fcm", token: "dead" });
    const { id } = await reply("x");
    await deliver();
    expect(await legOf(id)).toMatchObject({ state: "delivered" });
    const found = await devices();
    expect(found.map((device) => [device.removedAt !== null, device.lastPush?.state]).sort()).toEqual([
      [false, "accepted"],
      [true, "removed"],
    ]);
    await reply("y");
    await deliver();
    expect(pushed().filter(([token]) => token === "dead")).toHaveLength(1);
  });

  it("that no device took fails with the provider's reason, and keeps the devices", async () => {
    const { reply, legOf, devices } = await start();
    world.deps.push.answerNext(FAILED);
    const { id } = await reply("x");
    await deliver();
    expect(await legOf(id)).toMatchObject({ state: "failed", reason: "SENDER_ID_MISMATCH" });
    expect((await devices())[0]).toMatchObject({
      removedAt: null,
      lastPush: {
        state: "failed",
        providerStatus: 403,
        reason: "SENDER_ID_MISMATCH",
        at: world.deps.now().toISOString(),
      },
    });
  });

  it("is repeated under the same collapse key, and keeps every attempt with its answer", async () => {
    const { reply } = await start();
    world.deps.push.answerNext(RETRY);
    const { id } = await reply("x");
    await deliver();
    world.deps.clock.advance(1_000);
    await deliver();
    expect((await attempts()).map(({ subject, state, providerStatus }) => [subject, state, providerStatus])).toEqual([
      [`support.message:${id}`, "retry", 503],
      [`support.message:${id}`, "accepted", 200],
    ]);
    const [first, repeat] = world.deps.push.pushes.map(({ message }) => message.collapseKey);
    expect(repeat).toBe(first);
  });

  it("goes to a browser by its subscription", async () => {
    const { own, reply } = await start([]);
    const subscription = { endpoint: "https://push.example.com/1", keys: { p256dh: "key", auth: "auth" } };
    await own.registerDevice({ target: { provider: "webpush", subscription } });
    await reply("x");
    await deliver();
    expect(world.deps.push.pushes[0]?.target).toEqual({ provider: "webpush", subscription });
  });

  describe("testPush", () => {
    it("sends to one device and shows what the provider said", async () => {
      const { api, conversationId, devices } = await start(["phone", "tablet"]);
      const [device] = await devices();
      const deviceId = device?.id ?? "";
      expect(await api.testPush({ conversationId, deviceId })).toEqual({
        state: "accepted",
        providerStatus: 200,
        reason: null,
      });
      world.deps.push.answerNext(FAILED);
      expect(await api.testPush({ conversationId, deviceId })).toEqual(FAILED);
      expect(await attempts()).toMatchObject([
        { subject: null, subscriptionId: deviceId },
        { subject: null, subscriptionId: deviceId },
      ]);
    });

    it("knows no device of another conversation, and none that was removed", async () => {
      const one = await start();
      const other = await start(["other"]);
      const [device] = await one.devices();
      const ask = (conversationId: number) => one.api.testPush({ conversationId, deviceId: device?.id ?? "" });
      await expect(ask(other.conversationId)).rejects.toMatchObject(refusal("NOT_FOUND"));
      world.deps.push.markGone({ provider: "fcm", token: "phone" });
      expect(await ask(one.conversationId)).toMatchObject({ state: "removed" });
      await expect(ask(one.conversationId)).rejects.toMatchObject(refusal("NOT_FOUND"));
    });
  });
});
