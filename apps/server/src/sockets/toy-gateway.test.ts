import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { revokeApiKey } from "@pult/api/auth/api-keys.ts";
import { type DomainError, malformed } from "@pult/api/errors.ts";
import { appendToLogs, publishAppended } from "@pult/api/realtime/log.ts";
import { Attachment, type LogView } from "@pult/api/realtime/view.ts";
import { contextOf, keyWith, storeApiKey } from "@pult/api/testing/factories.ts";
import { TestLog } from "@pult/api/testing/test-log.ts";
import { SignJWT } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { WebSocket } from "ws";
import { z } from "zod";
import { listMessages } from "../../test/support/policy-matrix.ts";
import { openRaw, type RawSocket } from "../../test/support/raw-socket.ts";
import { type App, createApp } from "../app.ts";
import { parseEnv } from "../env.ts";
import type { Gateway } from "../gateway.ts";
import { createGateways } from "../gateways.ts";
import { decode } from "../http/decode.ts";
import { type RunningServer, startServer } from "../server.ts";
import { startWorkers, type Workers } from "../workers.ts";
import { SOCKET_LIMITS } from "./guarded-socket.ts";
import { streamOf } from "./internals.ts";
import { handleMessages } from "./messages.ts";

const TOPIC = "toy.log:1";
const SECRET = "a secret of the toy, long enough for HS256";
const LIMIT = 40;

const VIEW: LogView<unknown, unknown> = {
  kind: "log",
  topic: TOPIC,
  viewer: "staff",
  mayRead: (actor) => actor.kind === "apiKey",
  present: (payload) => payload,
  snapshot: async () => null,
};
const message = z.object({ type: z.string(), from: z.string().nullish() });
const encodeError = (error: DomainError | null) => JSON.stringify({ error: error?.code ?? "INTERNAL" });

/** A whole raw-socket protocol: what a new gateway has to say for itself, and nothing else. */
const toy: Gateway = {
  name: "toy",
  socket: {
    matches: ({ pathname }) => pathname === "/toy",
    limits: { ...SOCKET_LIMITS, perUser: 2, queueBytes: 512 * 1024 },
    policies: { hello: { kind: "public" }, follow: { kind: "staff", scope: "support:read" } },
    open: (socket) =>
      handleMessages(socket, {
        policies: toy.socket?.policies ?? {},
        decode: (text) => decode(message, parse(text)),
        encodeError,
        handle({ type, from = null }) {
          if (type === "hello") return socket.send(JSON.stringify({ hello: socket.actor.kind }));
          socket.follow(new Attachment(VIEW, from), {
            envelope: {
              name: "toy",
              tracked: (id, json) => `"at":"${id}","event":${json}}`,
              heartbeat: (id) => `"at":"${id}"}`,
              value: (json) => `"value":${json}}`,
            },
            head: "{",
            refused: () => socket.send(encodeError(null)),
          });
        },
      }),
  },
};

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw malformed("No JSON");
  }
}

describe("A gateway added by one line", () => {
  const directory = mkdtempSync(join(tmpdir(), "pult-toy-"));
  const log = new TestLog();
  let app: App;
  let workers: Workers;
  let server: RunningServer;

  beforeAll(async () => {
    const env = parseEnv({
      PORT: "0",
      METRICS_PORT: "0",
      DATA_DIR: directory,
      JWT_SECRET: SECRET,
      LIMIT_USER_PER_MINUTE: String(LIMIT),
    });
    app = await createApp(env, log);
    workers = startWorkers(app);
    server = await startServer({
      app,
      workers,
      web: false,
      dev: false,
      makeGateways: (services) => [...createGateways(services), toy],
    });
  });
  afterAll(async () => {
    await server?.close();
    await workers?.stop();
    app?.deps.feeds.close();
    await app?.nodes.close();
    await app?.database.close();
    rmSync(directory, { recursive: true, force: true });
    log.assertQuiet();
  });

  const open = (token?: string): Promise<RawSocket> =>
    openRaw(server, { path: "/toy", headers: token ? { authorization: `Bearer ${token}` } : {} });
  const texts = ({ messages }: RawSocket) => messages.all.map((one) => JSON.stringify(one));
  const got = ({ messages }: RawSocket, words: string) => messages.first((one) => JSON.stringify(one).includes(words));

  async function append(...payloads: unknown[]): Promise<void> {
    const entries = payloads.map((payload) => ({ topic: TOPIC, payload }));
    const appended = await app.deps.db.transaction((tx) => appendToLogs(tx, entries));
    publishAppended(app.deps.bus, appended);
  }

  async function metrics(): Promise<string> {
    const { fields } = log.lines.find(({ message }) => message === "Serving metrics") ?? { fields: {} };
    return (await fetch(`${(fields as { origin?: string }).origin}/metrics`)).text();
  }

  const customerToken = (sub: string) =>
    new SignJWT({ sub })
      .setProtectedHeader({ alg: "HS256" })
      .setExpirationTime("1h")
      .sign(new TextEncoder().encode(SECRET));

  it("is listed in the policy matrix", () => {
    expect(listMessages([toy])).toEqual([
      ["toy", "hello", { kind: "public" }],
      ["toy", "follow", { kind: "staff", scope: "support:read" }],
    ]);
  });

  it("authenticates at the handshake and authorizes each message by its policy", async () => {
    await expect(open("wrong")).rejects.toThrow("refused with 401");
    const anonymous = await open();
    for (const type of ["hello", "follow", "constructor", "nothing"]) anonymous.send({ type });
    anonymous.send("no JSON");
    anonymous.socket.send(Buffer.from("{}"));
    await anonymous.messages.until((all) => all.length === 6 || undefined);
    expect(texts(anonymous)).toEqual([
      '{"hello":"anonymous"}',
      '{"error":"UNAUTHORIZED"}',
      ...Array(4).fill('{"error":"VALIDATION"}'),
    ]);
    const customer = await open(await customerToken("toy-1"));
    customer.send({ type: "follow" });
    await got(customer, "FORBIDDEN");
    for (const raw of [anonymous, customer]) raw.socket.close();
  });

  it("limits messages a minute of one user", async () => {
    const raw = await open(await customerToken("toy-2"));
    for (let at = 0; at <= LIMIT; at++) raw.send({ type: "hello" });
    await got(raw, "RATE_LIMITED");
    expect(texts(raw).filter((text) => text.includes("hello"))).toHaveLength(LIMIT);
    raw.socket.close();
  });

  it("closes the oldest socket of a user who opens one too many", async () => {
    const token = await customerToken("toy-3");
    const [oldest, ...others] = [await open(token), await open(token), await open(token)];
    expect(await oldest?.closed).toEqual({ code: 1008, reason: "Too many connections" });
    for (const raw of others) raw.socket.close();
  });

  it("broadcasts a log, and resumes where a reader left off", async () => {
    const { key } = await storeApiKey(app.deps, { scopes: ["support:read"] });
    const first = await open(key);
    first.send({ type: "follow" });
    const { at } = (await got(first, '"position"')) as unknown as { at: string };
    await append("a");
    await got(first, '"event":"a"');
    first.socket.close();
    await append("b");
    const second = await open(key);
    second.send({ type: "follow", from: at });
    await append("c");
    await got(second, '"event":"c"');
    const [epoch] = at.split(":");
    expect(texts(second).map((text) => text.replaceAll(`${epoch}:`, ""))).toEqual([
      '{"at":"0","event":{"type":"position","recovered":true}}',
      '{"at":"1","event":"a"}',
      '{"at":"2","event":"b"}',
      '{"at":"3","event":"c"}',
    ]);
    second.socket.close();
  });

  it("closes the sockets of a key that is revoked", async () => {
    const { id, key } = await storeApiKey(app.deps, { scopes: ["support:read"] });
    const raw = await open(key);
    raw.send({ type: "follow" });
    await got(raw, '"position"');
    await revokeApiKey(contextOf(app.deps, keyWith("*")), { id });
    expect(await raw.closed).toEqual({ code: 1008, reason: "Signed out" });
  });

  it("closes a reader that is too slow, and shows in the metrics", async () => {
    const { key } = await storeApiKey(app.deps, { scopes: ["support:read"] });
    const [slow, other] = [await open(key), await open(key)];
    for (const raw of [slow, other]) {
      raw.send({ type: "follow" });
      await got(raw, '"position"');
    }
    expect(await metrics()).toContain('pult_connections{gateway="toy"} 2');
    streamOf(slow.socket as WebSocket).pause();
    const text = "x".repeat(256 * 1024);
    const isClosed = async () => (await metrics()).includes('pult_slow_closes_total{gateway="toy"} 1');
    // What the kernel takes first is not ours to say.
    for (let sent = 0; sent < 100 && !(await isClosed()); sent++) {
      await append(`${sent} ${text}`);
      await got(other, `"${sent} x`);
    }
    expect(await metrics()).toContain('pult_slow_closes_total{gateway="toy"} 1');
    slow.socket.terminate();
    other.socket.close();
  });
});
