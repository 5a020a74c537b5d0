import { type Sandbox, startSandbox } from "@pult/sandbox/sandbox.ts";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { ServerUnderTest } from "../server-under-test.ts";
import { call, sendMessage } from "../support/calls.ts";
import { ADMIN_KEY, mintToken } from "../support/installation.ts";
import { eventually, Mailbox } from "../support/mailbox.ts";
import { nodePair } from "../support/matrix.ts";
import { openRawAs } from "../support/raw-socket.ts";
import { type ApiClient, connectApi, signInAt } from "../support/trpc-client.ts";
import { openTwoNodes, type TwoNodes } from "../support/two-nodes.ts";

const SPEED = 5;
const USER_LIMIT = 60;
const WEBHOOK_SECRET = "webhook-secret-of-two-nodes";

interface Seen {
  type: string;
  text?: string;
}

describe.each(nodePair())("Two nodes, %s", (_name, runtimes) => {
  let nodes: TwoNodes;
  const clients: ApiClient[] = [];

  beforeAll(async () => {
    nodes = await openTwoNodes({ runtimes, speed: SPEED, env: { LIMIT_USER_PER_MINUTE: String(USER_LIMIT) } });
  });
  afterAll(async () => {
    await Promise.all(clients.map((client) => client.close()));
    for (const node of [nodes?.a, nodes?.b]) expect(node?.logs()).not.toMatch(/"level":"(error|fatal)"/);
    await nodes?.close();
  });

  function connect(node: ServerUnderTest, token = ADMIN_KEY) {
    const client = connectApi(node.origin, token);
    clients.push(client);
    return client.api;
  }

  async function write(node: ServerUnderTest, userId: string, message: string): Promise<void> {
    const answer = await sendMessage(node.origin, { user_id: userId, message }, { token: ADMIN_KEY });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"success":true')]);
  }

  async function rowOf(node: ServerUnderTest, userId: string) {
    const { conversations } = await connect(node).support.inbox.query({ search: userId });
    const row = conversations.find(({ customer }) => customer.id === userId);
    if (!row) throw new Error(`No conversation of ${userId}`);
    return row;
  }

  /** What an agent at a node sees in a conversation, from now on. */
  async function watch(node: ServerUnderTest, conversationId: number): Promise<Mailbox<Seen>> {
    const events = new Mailbox<Seen>();
    connect(node).support.onConversation.subscribe(
      { conversationId, lastEventId: null },
      {
        onData(value) {
          const { data } = value as { data?: { type: string; message?: { text: string } } };
          const text = data?.message?.text;
          events.push({ type: data?.type ?? "heartbeat", ...(text === undefined ? {} : { text }) });
        },
      },
    );
    await events.first(({ type }) => type === "position");
    return events;
  }

  const textsOf = (events: Mailbox<Seen>) => events.all.flatMap(({ text }) => text ?? []);

  async function readiness(node: ServerUnderTest) {
    const response = await fetch(`${node.origin}/health/ready`);
    const { parts } = (await response.json()) as { parts: { redis: string } };
    return { status: response.status, redis: parts.redis };
  }

  test("are ready, and say that Redis is there", async () => {
    for (const node of [nodes.a, nodes.b]) expect(await readiness(node)).toEqual({ status: 200, redis: "ok" });
  });

  test("what is written at either arrives at both, once and in order", async () => {
    await write(nodes.a, "order", "begin");
    const { id } = await rowOf(nodes.b, "order");
    const [atA, atB] = [await watch(nodes.a, id), await watch(nodes.b, id)];
    const sent = Array.from({ length: 60 }, (_, at) => `message ${at}`);
    for (const [at, text] of sent.entries()) await write(at % 3 === 0 ? nodes.b : nodes.a, "order", text);
    for (const events of [atA, atB]) {
      await events.first(({ text }) => text === sent.at(-1), 5_000);
      expect(textsOf(events)).toEqual(sent);
    }
  });

  test("closes only that agent's socket on the other node within a second after sign-out", async () => {
    const [leaving, staying] = [await signInAt(nodes.a, "first"), await signInAt(nodes.a, "second")];
    const sockets = [await openRawAs(nodes.b.origin, leaving), await openRawAs(nodes.b.origin, staying)];
    for (const raw of sockets) {
      raw.send({ id: 1, method: "subscription", params: { path: "support.onInbox", input: {} } });
      await raw.messages.first(({ result }) => result?.type === "data");
    }
    const answer = await call(nodes.a.origin, "/trpc/auth.signOut", {
      method: "POST",
      token: leaving,
      headers: { "content-type": "application/json" },
    });
    expect([answer.status, answer.text]).toEqual([200, expect.any(String)]);
    const began = performance.now();
    await sockets[0]?.closed;
    expect(performance.now() - began).toBeLessThan(1_000);
    expect(sockets[1]?.socket.readyState).toBe(sockets[1]?.socket.OPEN);
    sockets[1]?.socket.close();
  });

  test("a key revoked at one closes its sockets at the other within a second, and no other key's", async () => {
    const admin = connect(nodes.a);
    const scopes: ["support:read"] = ["support:read"];
    const [revoked, kept] = await Promise.all(
      ["revoked", "kept"].map((name) => admin.auth.apiKeys.create.mutate({ name, scopes })),
    );
    if (!revoked || !kept) throw new Error("No keys");
    const sockets = await Promise.all([revoked, kept].map(({ key }) => openRawAs(nodes.b.origin, key)));
    const [going, staying] = sockets;
    if (!going || !staying) throw new Error("No sockets");
    for (const socket of sockets) {
      socket.send({ id: 1, method: "subscription", params: { path: "support.onInbox", input: {} } });
      await socket.messages.first((message) => message.result?.type === "data");
    }
    const revokedAt = performance.now();
    await admin.auth.apiKeys.revoke.mutate({ id: revoked.id });
    expect((await going.closed).code).toBe(1008);
    expect(performance.now() - revokedAt).toBeLessThan(1_000);
    staying.send({ id: 2, method: "query", params: { path: "auth.me" } });
    expect((await staying.answer(2)).result?.type).toBe("data");
    staying.socket.terminate();
  });

  test("a user's calls are counted over both", async () => {
    const token = await mintToken({ sub: "busy" });
    const statuses: number[] = [];
    for (let at = 0; at < USER_LIMIT + 20; at += 1) {
      const { origin } = at % 2 === 0 ? nodes.a : nodes.b;
      statuses.push((await call(origin, "/trpc/auth.me", { token })).status);
    }
    expect(statuses).toEqual([...Array(USER_LIMIT).fill(200), ...Array(20).fill(429)]);
  });

  test("shows a customer on one node as online and typing on the other, until they leave", async () => {
    await write(nodes.a, "present", "hello");
    const { id } = await rowOf(nodes.a, "present");
    const presence = new Mailbox<{ customerOnline: boolean; customerTyping: boolean }>();
    connect(nodes.a).support.onPresence.subscribe(
      { conversationId: id },
      { onData: (value) => presence.push(value as { customerOnline: boolean; customerTyping: boolean }) },
    );
    const typing = new Mailbox<{ typing: boolean }>();
    const started = Promise.withResolvers<void>();
    connect(nodes.a).support.onTyping.subscribe(
      { conversationId: id },
      { onStarted: () => started.resolve(), onData: (value) => typing.push(value as { typing: boolean }) },
    );
    await Promise.all([started.promise, presence.first(({ customerOnline }) => !customerOnline)]);
    const token = await mintToken({ sub: "present" });
    const customer = connectApi(nodes.b.origin, token);
    customer.api.support.onMessage.subscribe({}, {});
    await presence.first(({ customerOnline }) => customerOnline);
    expect((await rowOf(nodes.a, "present")).customer.online).toBe(true);
    await customer.api.support.setTyping.mutate({ typing: true });
    await Promise.all([typing.first((event) => event.typing), presence.first(({ customerTyping }) => customerTyping)]);
    const seen = presence.all.length;
    await customer.close();
    await presence.until((all) => all.slice(seen).find(({ customerOnline }) => !customerOnline));
    expect((await rowOf(nodes.a, "present")).customer.online).toBe(false);
  });

  test.each(["killed", "frozen"] as const)(
    "Redis %s: each goes on alone and says so; back: nothing is missing, nothing comes twice",
    async (how) => {
      const user = `redis-${how}`;
      await write(nodes.a, user, "begin");
      const { id } = await rowOf(nodes.a, user);
      const [atA, atB] = [await watch(nodes.a, id), await watch(nodes.b, id)];
      await write(nodes.a, user, "before");
      await atB.first(({ text }) => text === "before");
      if (how === "killed") await nodes.redis.kill();
      else nodes.redis.freeze();
      for (const text of ["one", "two"]) {
        const began = performance.now();
        await write(nodes.a, user, text);
        await atA.first((event) => event.text === text);
        expect(performance.now() - began).toBeLessThan(2_000);
      }
      const failed = { status: 503, redis: "failed" };
      for (const node of [nodes.a, nodes.b])
        await eventually(async () => JSON.stringify(await readiness(node)) === JSON.stringify(failed));
      for (const text of ["three", "four"]) await write(nodes.a, user, text);
      await atA.first(({ text }) => text === "four");
      if (how === "killed") await nodes.redis.start();
      else nodes.redis.thaw();
      // Sooner than the next heartbeat would find it.
      await atB.first(({ text }) => text === "four", 12_000);
      await write(nodes.b, user, "five");
      for (const events of [atA, atB]) {
        await events.first(({ text }) => text === "five");
        expect(textsOf(events)).toEqual(["before", "one", "two", "three", "four", "five"]);
      }
      for (const node of [nodes.a, nodes.b]) await eventually(async () => (await readiness(node)).status === 200);
    },
  );

  test("one killed: who was connected there is gone from the other once it was silent for too long", async () => {
    await write(nodes.a, "bereft", "hello");
    const customer = connect(nodes.b, await mintToken({ sub: "bereft" }));
    customer.support.onMessage.subscribe({}, {});
    await eventually(async () => (await rowOf(nodes.a, "bereft")).customer.online);
    const began = performance.now();
    await nodes.b.kill();
    await eventually(async () => !(await rowOf(nodes.a, "bereft")).customer.online, 15_000);
    expect(performance.now() - began).toBeLessThan(31_000 / SPEED);
    await nodes.b.restart();
    await eventually(async () => (await rowOf(nodes.a, "bereft")).customer.online);
  });
});

describe.each(nodePair())("Telegram and two nodes, %s", (_name, runtimes) => {
  let sandbox: Sandbox;
  let nodes: TwoNodes;
  let client: ApiClient;

  beforeAll(async () => {
    sandbox = await startSandbox();
    const { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, GROUP_CHAT_ID } = sandbox.env;
    const env = { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, GROUP_CHAT_ID, TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET };
    nodes = await openTwoNodes({ runtimes, env });
    client = connectApi(nodes.a.origin, ADMIN_KEY);
  });
  afterAll(async () => {
    await client?.close();
    await nodes?.close();
    await sandbox?.close();
  });

  const readiness = async (node: ServerUnderTest) => {
    const answer = await call(node.origin, "/health/ready");
    return { status: answer.status, bot: JSON.parse(answer.text).parts.bot };
  };

  test("both are ready, the one that speaks to Telegram and the one that waits for its turn", async () => {
    for (const node of [nodes.a, nodes.b])
      await eventually(async () => {
        const { status, bot } = await readiness(node);
        return status === 200 && bot === "ok";
      });
  });

  test("an update is worked off at once, whichever of them it comes to", async () => {
    for (const [at, node] of [nodes.a, nodes.b, nodes.a, nodes.b].entries()) {
      const from = { id: 7_100 + at, is_bot: false, first_name: `Visitor ${at}` };
      const chat = { id: from.id, type: "private", first_name: from.first_name };
      const message = { message_id: 1, date: Math.floor(Date.now() / 1000), from, chat, text: "Hello" };
      const json = { update_id: 900_000 + at, message };
      const headers = { "x-telegram-bot-api-secret-token": WEBHOOK_SECRET };
      expect((await call(node.origin, "/api/webhooks/telegram", { json, headers })).status).toBe(200);
      await eventually(async () => {
        const { conversations } = await client.api.support.inbox.query({ search: String(from.id) });
        return conversations.length === 1;
      }, 4_000);
    }
  });
});
