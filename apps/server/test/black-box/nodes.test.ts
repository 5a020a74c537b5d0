import { type Sandbox, startSandbox } from "@pult/sandbox/sandbox.ts";
import { afterAll, describe, expect, test } from "vitest";
import type { ServerUnderTest } from "../server-under-test.ts";
import { call, sendMessage } from "../support/calls.ts";
import { rowOf } from "../support/desk.ts";
import { ADMIN_KEY, mintToken } from "../support/installation.ts";
import { eventually, Mailbox } from "../support/mailbox.ts";
import { nodePair } from "../support/matrix.ts";
import { openRawAs } from "../support/raw-socket.ts";
import { type ApiClient, callApi, connectApi, signInAt } from "../support/trpc-client.ts";
import { openTwoNodes, readinessOf } from "../support/two-nodes.ts";
import { useServer } from "../support/use-server.ts";

const SPEED = 5;
const USER_LIMIT = 60;
const WEBHOOK_SECRET = "webhook-secret-of-two-nodes";

describe.each(nodePair())("Two nodes, %s", (_name, runtimes) => {
  const env = { LIMIT_USER_PER_MINUTE: String(USER_LIMIT) };
  const nodes = useServer(
    () => openTwoNodes({ runtimes, speed: SPEED, env }),
    ({ a, b }) => expect(a.logs() + b.logs()).not.toMatch(/"level":"(error|fatal)"/),
  );
  const clients: ApiClient[] = [];
  afterAll(() => Promise.all(clients.map((client) => client.close())));

  /** For subscriptions, which end with the last test. */
  function connect(node: ServerUnderTest, token = ADMIN_KEY) {
    const client = connectApi(node, token);
    clients.push(client);
    return client.api;
  }

  async function write(node: ServerUnderTest, userId: string, message: string): Promise<void> {
    const answer = await sendMessage(node, { user_id: userId, message }, { token: ADMIN_KEY });
    expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"success":true')]);
  }

  test("are ready, and say that Redis is there", async () => {
    for (const node of [nodes.a, nodes.b]) expect(await readinessOf(node)).toMatchObject({ status: 200, redis: "ok" });
  });

  test.each([
    [
      "an agent signs out",
      async () => {
        const going = await signInAt(nodes.a, "first");
        const end = () => callApi(nodes.a, going).auth.signOut.mutate();
        return { going, staying: await signInAt(nodes.a, "second"), end };
      },
    ],
    [
      "a key is revoked",
      async () => {
        const { apiKeys } = callApi(nodes.a).auth;
        const make = (name: string) => apiKeys.create.mutate({ name, scopes: ["support:read"] });
        const [going, staying] = [await make("going"), await make("staying")];
        return { going: going.key, staying: staying.key, end: () => apiKeys.revoke.mutate({ id: going.id }) };
      },
    ],
  ])("closes the caller's socket on the other node within a second after %s, and no other", async (_what, prepare) => {
    const { end, ...tokens } = await prepare();
    const [going, staying] = [await openRawAs(nodes.b, tokens.going), await openRawAs(nodes.b, tokens.staying)];
    for (const raw of [going, staying]) await raw.follow(1);
    await end();
    const ended = performance.now();
    expect((await going.closed).code).toBe(1008);
    expect(performance.now() - ended).toBeLessThan(1_000);
    expect((await staying.ask()).result?.type).toBe("data");
    staying.socket.close();
  });

  test("a user's calls are counted over both", async () => {
    const token = await mintToken({ sub: "busy" });
    const statuses: number[] = [];
    for (let at = 0; at < USER_LIMIT + 20; at += 1) {
      statuses.push((await call(at % 2 === 0 ? nodes.a : nodes.b, "/trpc/auth.me", { token })).status);
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
    const customer = connectApi(nodes.b, token);
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

  test("an agent on one node is told of what happens on the other, with the counter of their list", async () => {
    await write(nodes.a, "told", "hello");
    const { id: conversationId } = await rowOf(nodes.a, "told");
    const agent = connect(nodes.b, await signInAt(nodes.b, "second"));
    const list = new Mailbox<{ type: string; unread?: number }>();
    agent.notifications.onInbox.subscribe({}, { onData: (item) => "id" in item && list.push(item.data) });
    await list.first(({ type }) => type === "position");
    const { id: assigneeId } = await agent.auth.me.query();
    await callApi(nodes.a).support.assign.mutate({ conversationId, assigneeId });
    const told = await list.first(({ type }) => type === "changed");
    const { counts } = await callApi(nodes.a, await signInAt(nodes.a, "second")).notifications.inbox.list.query();
    expect(told).toMatchObject({ unread: counts.unread, notices: [{ kind: "support.assigned" }] });
  });

  test("one killed: who was connected there is gone from the other once it was silent for too long", async () => {
    await write(nodes.a, "bereft", "hello");
    const customer = connect(nodes.b, await mintToken({ sub: "bereft" }));
    customer.support.onMessage.subscribe({}, {});
    await eventually(async () => (await rowOf(nodes.a, "bereft")).customer.online);
    await nodes.b.kill();
    await eventually(async () => !(await rowOf(nodes.a, "bereft")).customer.online, 31_000 / SPEED + 5_000);
    await nodes.b.restart();
    await eventually(async () => (await rowOf(nodes.a, "bereft")).customer.online);
  });
});

describe.each(nodePair())("Telegram and two nodes, %s", (_name, runtimes) => {
  let sandbox: Sandbox;
  const nodes = useServer(async () => {
    sandbox = await startSandbox();
    const { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, GROUP_CHAT_ID } = sandbox.env;
    const env = { TELEGRAM_BOT_TOKEN, TELEGRAM_API_ROOT, GROUP_CHAT_ID, TELEGRAM_WEBHOOK_SECRET: WEBHOOK_SECRET };
    return openTwoNodes({ runtimes, env });
  });
  afterAll(() => sandbox.close());

  test("both are ready, the one that speaks to Telegram and the one that waits for its turn", async () => {
    for (const node of [nodes.a, nodes.b])
      await eventually(async () => {
        const { status, bot } = await readinessOf(node);
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
      expect((await call(node, "/api/webhooks/telegram", { json, headers })).status).toBe(200);
      await eventually(async () => {
        const { conversations } = await callApi(nodes.a).support.inbox.query({ search: String(from.id) });
        return conversations.length === 1;
      });
    }
  });
});
