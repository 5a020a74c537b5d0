import { EventEmitter, once } from "node:events";
import { type Client, createClient } from "@pult/api/client.ts";
import type { LiveState } from "@pult/api/connection/connection.ts";
import { createSendQueue, type SendFailure } from "@pult/api/connection/send-queue.ts";
import { memoryStore } from "@pult/api/connection/send-queue-storage.ts";
import { followLog } from "@pult/api/follow-log.ts";
import { createLightClient } from "@pult/api/light-client.ts";
import type { ConversationEvent, ConversationPage } from "@pult/api/support/schema.ts";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { ServerUnderTest } from "../server-under-test.ts";
import { type ChaosProxy, openChaosProxy } from "../support/chaos-proxy.ts";
import { beginConversation, startDesk } from "../support/desk.ts";
import { ADMIN_KEY } from "../support/installation.ts";

const USER = "client-1";

let server: ServerUnderTest;
let proxy: ChaosProxy;
let conversationId: number;
/** Speaks with the server directly. */
let direct: Client;
let client: Client;
let texts: string[];
let states: LiveState[];
let stop: () => void;
const changed = new EventEmitter();

beforeAll(async () => {
  server = await startDesk();
  conversationId = await beginConversation(server, USER);
  direct = createClient({ url: server.origin, token: ADMIN_KEY });
});
afterAll(async () => {
  direct.close();
  await server.stop();
});

/** Resolves once it is so. */
async function until(isSo: () => boolean): Promise<void> {
  while (!isSo()) await once(changed, "changed");
}

const say = (text: string) =>
  direct.api.support.note.mutate({ conversationId, text, clientId: crypto.randomUUID() }).then(() => text);

describe.each([
  ["createClient", createClient],
  ["createLightClient", createLightClient],
])("%s", (name, create) => {
  beforeEach(async () => {
    proxy = await openChaosProxy(server.port);
    client = create({ url: proxy.origin, token: ADMIN_KEY });
    texts = [];
    states = [];
    const deaf = client.connection.subscribe(({ state }) => {
      states.push(state);
      changed.emit("changed");
    });
    const stopLog = followLog<ConversationEvent | { type: "position"; recovered: boolean }, ConversationPage>(
      (input, handlers) => client.api.support.onConversation.subscribe({ ...input, conversationId }, handlers as never),
      {
        onEvent(event) {
          if (event.type === "messageSent") texts.push(event.message.text);
          changed.emit("changed");
        },
        onPosition() {},
      },
    );
    stop = () => {
      deaf();
      stopLog();
    };
    await until(() => states.at(-1) === "live");
  });
  afterEach(async () => {
    stop();
    client.close();
    await proxy.close();
  });

  it("finds out within three seconds of waking that its line is dead, and reads what it missed, once", async () => {
    await say("before");
    await until(() => texts.includes("before"));
    for (const connection of proxy.connections) connection.inflict({ kind: "blackHole" });
    await say("meanwhile");
    const from = performance.now();
    client.connection.wake();
    await until(() => texts.includes("meanwhile") && states.at(-1) === "live");
    expect(performance.now() - from).toBeLessThan(6_000);
    expect(states).toEqual(["catchingUp", "live", "offline", "catchingUp", "live"]);
    expect(texts).toEqual(["before", "meanwhile"]);
  });

  it("keeps a line that answers: waking costs one PING and changes nothing", async () => {
    const { length } = proxy.connections;
    client.connection.wake();
    await say("after waking");
    await until(() => texts.includes("after waking"));
    expect(proxy.connections).toHaveLength(length);
    expect(states).toEqual(["catchingUp", "live"]);
  });

  it("does not sit out its wait when it is woken", async () => {
    proxy.target(null);
    proxy.resetAll();
    await until(() => states.at(-1) === "offline");
    await say("while offline");
    proxy.target(server.port);
    const from = performance.now();
    client.connection.wake();
    await until(() => texts.includes("while offline"));
    expect(performance.now() - from).toBeLessThan(4_000);
  });

  it("comes back by itself after a kill -9, and its sendQueue delivers once what was written meanwhile", async () => {
    const sendQueue = createSendQueue<string, unknown, string>({
      send: ({ body, clientId }) =>
        client.api.support.reply.mutate({ conversationId, text: body, clientId, photoIds: [] }),
      toFailure: (error): SendFailure<string> => ({ reason: String(error), isTransient: true, retryAfterMs: 0 }),
      store: memoryStore(),
      online: client.connection,
      onSent: () => changed.emit("changed"),
    });
    const emptied = () => sendQueue.get().length === 0;
    sendQueue.subscribe(() => changed.emit("changed"));
    await server.kill();
    await until(() => states.at(-1) === "offline");
    const written = ["one", "two", "three"].map((text) => `${name}: ${text}`);
    for (const body of written) sendQueue.add({ queue: "a", body });
    await server.restart();
    await until(() => emptied() && texts.includes(`${name}: three`) && states.at(-1) === "live");
    expect(texts).toEqual(written);
    const { messages } = await direct.api.support.conversation.query({ conversationId, limit: 50 });
    expect(messages.map(({ text }) => text).filter((text) => written.includes(text))).toEqual(written);
    sendQueue.stop();
  });
});
