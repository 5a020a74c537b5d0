import { createHmac } from "node:crypto";
import { describe, expect, test } from "vitest";
import { mintToken, openInstallation } from "../support/installation.ts";
import { bothRuntimes } from "../support/matrix.ts";
import { openRaw } from "../support/raw-socket.ts";
import { callApi, openMiniApp } from "../support/trpc-client.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const APP_SECRET = "an app secret of Meta's dashboard";
const VERIFY_TOKEN = "a verify token";
const SILENCE_MS = 2_500;
const PATH = "/api/webhooks/instagram";

const sign = (body: string, secret = APP_SECRET) => `sha256=${createHmac("sha256", secret).update(body).digest("hex")}`;

interface Answer {
  type: string;
  [field: string]: unknown;
}

describe.each(bothRuntimes())("Instagram and the notification protocol on %s", (_name, cell) => {
  const env = {
    INSTAGRAM_APP_SECRET: APP_SECRET,
    INSTAGRAM_WEBHOOK_VERIFY_TOKEN: VERIFY_TOKEN,
    HEARTBEAT_TIMEOUT_MS: String(SILENCE_MS),
    LIMIT_USER_PER_MINUTE: "100",
  };
  const server = useServer(() => openInstallation({ ...cell, env }), expectHealthy);

  const post = (body: string, signature: string | null = sign(body)) =>
    fetch(server.origin + PATH, {
      method: "POST",
      body,
      headers: signature ? { "x-hub-signature-256": signature } : {},
    });
  const flat = (id: string, eventType = "comments") =>
    JSON.stringify({
      id,
      eventType,
      sender: { id: "sender_id", username: "user123" },
      comment: { text: "Great post!" },
      timestamp: "2024-01-01T12:00:00Z",
      accountId: "instagram_account_id",
    });

  async function connect(userId: string, claims: Record<string, unknown> = { userId }) {
    const raw = await openRaw(server, { path: "/ws/notifications" });
    const answers = raw.messages as unknown as {
      all: Answer[];
      first(fits: (one: Answer) => boolean): Promise<Answer>;
    };
    const ask = (message: object) => raw.send({ userId, timestamp: Date.now(), ...message });
    ask({ type: "authenticate", token: await mintToken(claims) });
    return { ...raw, ask, answers, got: (type: string) => answers.first((one) => one.type === type) };
  }

  async function subscribed(userId: string, ...eventTypes: string[]) {
    const socket = await connect(userId);
    socket.ask({ type: "subscribe", eventTypes });
    await socket.got("subscription_confirmed");
    return socket;
  }

  const stored = async () =>
    (await callApi(server).notifications.events.list.query({ limit: 200 })).events.map(({ event }) => event.id);

  test("Meta's question is answered with its challenge, a wrong token is refused", async () => {
    const query = (token: string) => `?hub.mode=subscribe&hub.challenge=1158201444&hub.verify_token=${token}`;
    const right = await fetch(server.origin + PATH + query("a%20verify%20token"));
    expect([right.status, await right.text()]).toEqual([200, "1158201444"]);
    expect((await fetch(server.origin + PATH + query("wrong"))).status).toBe(403);
    expect((await fetch(server.origin + PATH)).status).toBe(400);
  });

  test("a webhook without a signature, with a wrong one or written anew leaves nothing", async () => {
    const body = flat("unsigned");
    const rewritten = JSON.stringify(JSON.parse(body), null, 1);
    const tried: [string, string | null][] = [
      [body, null],
      [body, "sha256="],
      [body, sign(body, "another secret")],
      [body, sign(body).replace("sha256", "sha1")],
      [rewritten, sign(body)],
    ];
    for (const [sent, signature] of tried) expect((await post(sent, signature)).status).toBe(401);
    for (const malformed of ["no JSON", "7"]) expect((await post(malformed)).status).toBe(400);
    expect(await stored()).not.toContain("unsigned");
  });

  test("an event reaches those who subscribed to its type, once, as the document writes it", async () => {
    const reader = await subscribed("reader", "comments");
    const other = await subscribed("other", "messages");
    const answers = await Promise.all(Array.from({ length: 10 }, () => post(flat("event_123"))));
    expect(answers.map(({ status }) => status)).toEqual(Array(10).fill(200));
    await post(flat("event_124", "messages"));
    // A slow runtime takes longer for this than a silent socket may stay open.
    reader.ask({ type: "heartbeat" });
    const { payload, timestamp } = await reader.got("webhook_event");
    expect(payload).toEqual({
      id: "event_123",
      eventType: "comments",
      sender: { id: "sender_id", username: "user123" },
      content: "Great post!",
      timestamp: "2024-01-01T12:00:00.000Z",
      accountId: "instagram_account_id",
    });
    expect(timestamp).toBeTypeOf("number");
    reader.ask({ type: "heartbeat" });
    expect((await other.got("webhook_event")).payload).toMatchObject({ id: "event_124" });
    reader.ask({ type: "subscribe", eventTypes: ["messages"] });
    await post(flat("event_125", "messages"));
    await reader.answers.first(({ payload: event }) => (event as { id?: string } | undefined)?.id === "event_125");
    const events = reader.answers.all.filter(({ type }) => type === "webhook_event");
    expect(events.map(({ payload: event }) => (event as { id: string }).id)).toEqual(["event_123", "event_125"]);
    for (const { socket } of [reader, other]) socket.close();
  });

  test("every message of the document has its answer", async () => {
    const socket = await connect("talker");
    expect(await socket.got("auth_success")).toMatchObject({ message: "Authentication successful", userId: "talker" });
    socket.ask({ type: "subscribe", eventTypes: ["comments", "messages"] });
    socket.ask({ type: "unsubscribe", eventTypes: ["comments"] });
    socket.ask({ type: "get_subscriptions" });
    socket.ask({ type: "test_connection" });
    socket.ask({ type: "subscribe", eventTypes: ["mentions", "likes"] });
    socket.ask({ type: "get_subscriptions", userId: "another" });
    socket.ask({ type: "shout" });
    socket.send("{");
    socket.ask({ type: "heartbeat", clientId: "instantchat-frontend" });
    await socket.got("heartbeat_response");
    const shown = socket.answers.all.slice(1).map(({ timestamp: _, serverTime: __, ...rest }) => rest);
    const info = { type: "connection_info", status: "connected", subscriptions: ["messages"] };
    expect(shown).toEqual([
      { type: "subscription_confirmed", eventTypes: ["comments", "messages"] },
      { type: "subscription_confirmed", eventTypes: ["messages"] },
      info,
      info,
      { type: "error", message: "eventTypes: Unknown event type: likes" },
      { type: "error", message: "User ID mismatch" },
      { type: "error", message: "Unknown message type: shout" },
      { type: "error", message: "Invalid message format" },
      { type: "heartbeat_response" },
    ]);
    socket.socket.close();
  });

  test("only a valid token of the named user authenticates, and nothing goes before it", async () => {
    const refusals = [
      await connect("mallory", { userId: "anna" }),
      await connect("mallory", { sub: "anna", userId: "mallory" }),
      await connect("mallory", { userId: "mallory", aud: "support" }),
    ];
    for (const socket of refusals) {
      expect(await socket.got("auth_failed")).toMatchObject({ reason: "Invalid token" });
      expect(await socket.closed).toEqual({ code: 1008, reason: "Authentication failed" });
    }
    const early = await openRaw(server, { path: "/ws/notifications" });
    early.send({ type: "subscribe", eventTypes: ["comments"] });
    expect(await early.closed).toMatchObject({ code: 1008 });
    expect(early.messages.all).toMatchObject([{ type: "error", message: "Not authenticated" }]);
  });

  test("refuses tokens without the right to read, and a customer's ticket, also in batches", async () => {
    const { key } = await callApi(server).auth.apiKeys.create.mutate({ name: "Desk", scopes: ["support:write"] });
    for (const token of [key, await openMiniApp(server, 7_101)]) {
      const raw = await openRaw(server, { path: "/ws/notifications" });
      raw.send({ type: "authenticate", token, userId: "7101" });
      expect(await raw.closed).toEqual({ code: 1008, reason: "Authentication failed" });
    }
    const { ticket } = await callApi(server, await mintToken({ sub: "shopper", aud: "trpc" })).auth.ticket.mutate();
    const raw = await openRaw(server, { path: `/ws/notifications?ticket=${ticket}` });
    for (const batch of [true, false]) raw.send({ type: "subscribe", eventTypes: ["comments"], batch });
    raw.send({ type: "get_subscriptions" });
    const told = raw.messages as unknown as {
      all: Answer[];
      until(ask: (all: Answer[]) => true | undefined): Promise<true>;
    };
    await told.until((all) => all.length === 3 || undefined);
    expect(told.all).toMatchObject([
      { type: "error", message: "No longer allowed" },
      { type: "error", message: "No longer allowed" },
      { type: "connection_info", subscriptions: [] },
    ]);
    raw.socket.close();
  });

  test("a ticket authenticates a browser's socket", async () => {
    const { ticket } = await callApi(server).auth.ticket.mutate();
    const raw = await openRaw(server, { path: `/ws/notifications?ticket=${ticket}` });
    raw.send({ type: "subscribe", eventTypes: ["comments"] });
    expect(await raw.messages.first(() => true)).toMatchObject({ type: "subscription_confirmed" });
    raw.socket.close();
  });

  test("with batch the events of a burst come together", async () => {
    const socket = await connect("batcher");
    socket.ask({ type: "subscribe", eventTypes: ["live_comments"], batch: true });
    await socket.got("subscription_confirmed");
    const entry = Array.from({ length: 1_000 }, (_, at) => ({
      id: "acc",
      time: 1_773_140_400,
      field: "live_comments",
      value: { id: `live-${at}`, text: "Привет" },
    }));
    // Meta escapes what is not ASCII, and signs that.
    const body = JSON.stringify({ entry }).replace(
      /[^\x20-\x7e]/g,
      (one) => `\\u${one.charCodeAt(0).toString(16).padStart(4, "0")}`,
    );
    expect((await post(body)).status).toBe(200);
    const ids = await socket.messages.until((all) => {
      const payloads = (all as unknown as Answer[]).flatMap(
        ({ payload }) => (payload as { id: string }[] | undefined) ?? [],
      );
      return payloads.length === 1_000 ? payloads.map(({ id }) => id) : undefined;
    });
    expect(ids).toEqual(entry.map(({ value }) => value.id));
    expect(socket.answers.all.filter(({ type }) => type === "webhook_event").length).toBeLessThan(20);
    socket.socket.close();
  });

  test("a silent client is closed, one that sends heartbeats is not", async () => {
    const [silent, lively] = [await connect("silent"), await connect("lively")];
    const beating = setInterval(() => lively.ask({ type: "heartbeat" }), SILENCE_MS / 5);
    expect(await silent.closed).toEqual({ code: 1000, reason: "Heartbeat timeout" });
    clearInterval(beating);
    lively.ask({ type: "test_connection" });
    await lively.got("connection_info");
    lively.socket.close();
  });

  test("a sixth socket of a user closes the oldest, and messages over 100 a minute are refused", async () => {
    const sockets = [];
    for (let at = 0; at < 6; at++) sockets.push(await connect("many"));
    expect(await sockets[0]?.closed).toMatchObject({ code: 1008 });
    const last = sockets[5];
    for (let at = 0; at <= 100; at++) last?.ask({ type: "heartbeat" });
    expect(await last?.got("error")).toMatchObject({ message: "Rate limited" });
    for (const { socket } of sockets) socket.close();
  });
});
