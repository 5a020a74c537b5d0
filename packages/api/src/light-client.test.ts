import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { createLightClient } from "./light-client.ts";

/** A server of one socket after another, as far as the client sees it. */
class FakeSocket extends EventTarget {
  static readonly CONNECTING = 0;
  static readonly CLOSED = 3;
  readyState = 0;
  readonly sent: string[] = [];

  constructor() {
    super();
    sockets.push(this);
    queueMicrotask(() => {
      this.readyState = 1;
      this.dispatchEvent(new Event("open"));
    });
  }
  send(data: string) {
    this.sent.push(data);
  }
  close() {
    this.readyState = 3;
    this.dispatchEvent(new Event("close"));
  }
  say(message: object) {
    this.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(message) }));
  }
}

let sockets: FakeSocket[];
beforeEach(() => {
  sockets = [];
});
afterEach(() => vi.unstubAllGlobals());

const settle = () => new Promise((resolve) => setImmediate(resolve));

function follow() {
  const client = createLightClient({
    url: "http://desk.test",
    token: "t",
    WebSocket: FakeSocket as unknown as typeof WebSocket,
  });
  const heard: unknown[] = [];
  const states: string[] = [];
  const { unsubscribe } = client.api.support.onTyping.subscribe(
    {},
    {
      onData: (value) => heard.push(value),
      onError: (error) => heard.push(error.data?.code),
      onConnectionStateChange: ({ state }) => states.push(state),
    },
  );
  return { client, heard, states, unsubscribe };
}

const ask = (id: number, lastEventId?: string) =>
  JSON.stringify({ id, method: "subscription", params: { path: "support.onTyping", input: {}, lastEventId } });

it("asks again from the last event on another socket when one is lost", async () => {
  const { client, heard, states } = follow();
  await settle();
  expect(sockets[0]?.sent).toEqual(['{"method":"connectionParams","data":{"token":"t"}}', ask(1)]);
  sockets[0]?.say({ id: 1, result: { type: "started" } });
  sockets[0]?.say({ id: 1, result: { type: "data", id: "e.7", data: "seven" } });
  sockets[0]?.close();
  client.connection.wake();
  await settle();
  expect(sockets[1]?.sent.at(-1)).toBe(ask(1, "e.7"));
  expect(heard).toEqual(["seven"]);
  expect(states).toEqual(["connecting", "pending", "connecting", "pending"]);
  client.close();
});

it("moves to another socket when the server asks it to, and is served by the former until then", async () => {
  const { client, heard, states } = follow();
  await settle();
  const [former] = sockets;
  former?.say({ id: 1, result: { type: "data", data: "before" } });
  former?.say({ id: null, method: "reconnect" });
  former?.say({ id: 1, result: { type: "data", data: "meanwhile" } });
  client.connection.wake();
  await settle();
  expect(former?.readyState).toBe(FakeSocket.CLOSED);
  sockets[1]?.say({ id: 1, result: { type: "data", data: "after" } });
  expect(heard).toEqual(["before", "meanwhile", "after"]);
  expect(states).toEqual(["connecting", "pending", "pending"]);
  client.close();
});

it("ends a subscription that the server refuses, and stops one that its reader leaves", async () => {
  const { client, heard } = follow();
  await settle();
  sockets[0]?.say({ id: 1, error: { message: "No", code: -32003, data: { code: "FORBIDDEN" } } });
  expect(heard).toEqual(["FORBIDDEN"]);
  client.api.support.onTyping.subscribe({}, { onData: () => {} }).unsubscribe();
  expect(sockets[0]?.sent.slice(2)).toEqual([ask(2), '{"id":2,"method":"subscription.stop"}']);
  client.close();
});

const client = () => createLightClient({ url: "http://desk.test", token: "t" }).api;

it("asks with GET, writes with POST, and carries its token", async () => {
  const calls: unknown[] = [];
  vi.stubGlobal("fetch", async (url: string, { method, body, headers }: RequestInit) => {
    calls.push([method, url, body, new Headers(headers).get("authorization")]);
    return Response.json({ result: { data: "done" } });
  });
  expect(await client().support.history.query({ limit: 5 })).toBe("done");
  await client().support.setTyping.mutate({ typing: true });
  expect(calls).toEqual([
    ["GET", "http://desk.test/trpc/support.history?input=%7B%22limit%22%3A5%7D", undefined, "Bearer t"],
    ["POST", "http://desk.test/trpc/support.setTyping", '{"typing":true}', "Bearer t"],
  ]);
});

it.each([
  [
    "a refusal, with what the server says of it",
    { error: { message: "No", data: { code: "FORBIDDEN" } } },
    "FORBIDDEN",
  ],
  ["another program's answer, as no answer", { error: "Bad gateway" }, undefined],
])("throws %s", async (_, answer, code) => {
  vi.stubGlobal("fetch", async () => Response.json(answer));
  const failure = await client()
    .auth.me.query()
    .catch((error: Error & { data?: { code?: string } }) => error);
  expect(failure).toMatchObject({ name: "TRPCClientError" });
  expect("data" in failure ? failure.data?.code : null).toBe(code);
});
