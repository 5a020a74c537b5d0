import fc from "fast-check";
import { beforeAll, describe, expect, test } from "vitest";
import { beginConversation } from "../../support/desk.ts";
import { ADMIN_KEY } from "../../support/installation.ts";
import { follow, openRawAs, query, type RawSocket, stopOf } from "../../support/raw-socket.ts";
import { useServer } from "../../support/use-server.ts";
import { openWatched } from "../../support/watched-server.ts";

describe("Bad messages", () => {
  const server = useServer(openWatched);
  let conversationId: number;
  beforeAll(async () => {
    conversationId = await beginConversation(server, "bad-messages");
  });

  const open = () => openRawAs(server, ADMIN_KEY);

  /** The socket still answers, and so do others. */
  async function stillServes(raw: RawSocket): Promise<void> {
    expect((await raw.ask()).result).toBeDefined();
    await server.canary();
  }

  test.each([
    ["0", 0],
    ["-1", -1],
    ["2^53", 2 ** 53],
    ["a fraction", 0.5],
    ["an empty string", ""],
    ["10,000 characters", "x".repeat(10_000)],
    ["a half surrogate", "\ud800"],
    ["__proto__", "__proto__"],
  ])("an id that is %s is answered under it, as a call and as a subscription", async (_what, id) => {
    const raw = await open();
    raw.send(query(id));
    expect((await raw.answer(id)).result).toMatchObject({ type: "data" });
    const seen = raw.messages.all.length;
    raw.send(follow(id));
    await raw.messages.until((all) => all.slice(seen).find((one) => one.id === id && one.result?.data?.data));
    raw.send(stopOf(id));
    await raw.messages.first((one) => one.id === id && one.result?.type === "stopped");
    await stillServes(raw);
    raw.socket.close();
  });

  test.each([
    ["null", null],
    ["a boolean", true],
    ["an array", [1]],
    ["an object", { a: 1 }],
  ])("an id that is %s names no call: refused, and nothing is followed", async (_what, id) => {
    const raw = await open();
    raw.send(query(id));
    raw.send(follow(id));
    raw.send(stopOf(id));
    await stillServes(raw);
    expect(raw.messages.all.filter(({ result }) => result?.data?.data)).toEqual([]);
    raw.socket.close();
  });

  test("a batch with one id twice is refused as a whole; the same id again later is not", async () => {
    const raw = await open();
    raw.send([query(1), query(1)]);
    expect((await raw.answer(1)).error?.data.code).toBe("BAD_REQUEST");
    const seen = raw.messages.all.length;
    raw.send(query(2));
    await raw.answer(2);
    raw.send(query(1));
    await raw.messages.until((all) => all.slice(seen).find(({ id, result }) => id === 1 && result));
    await stillServes(raw);
    raw.socket.close();
  });

  test("stopping what is not followed, twice, or in the batch that begins it, costs nothing", async () => {
    const raw = await open();
    for (const id of [77, "77", null, {}, -1]) raw.send(stopOf(id));
    raw.send(follow(1));
    raw.send(stopOf(1));
    raw.send(stopOf(1));
    raw.send([follow(2), stopOf(2)]);
    raw.send([stopOf(3), follow(3)]);
    raw.send([stopOf(3), stopOf(3)]);
    await stillServes(raw);
    const stoppedAt = raw.messages.all.length;
    await server.canary();
    await raw.ask();
    expect(raw.messages.all.slice(stoppedAt).filter(({ id }) => [1, 2, 3].includes(Number(id)))).toEqual([]);
    raw.socket.close();
  });

  test("10,000 subscribe and stop pairs on one socket: each ends, the socket goes on, nothing stays behind", async () => {
    const raw = await open();
    await stillServes(raw);
    for (let id = 1; id <= 10_000; id++) {
      raw.send([follow(id, "support.onConversation", { conversationId })]);
      raw.send(stopOf(id));
    }
    // Every place is free again: as many as are allowed can be followed at once.
    const ids = Array.from({ length: 128 }, (_, at) => 20_001 + at);
    for (const id of ids) raw.send(follow(id));
    await raw.messages.until((all) => {
      const live = new Set(all.filter((one) => one.result?.data?.data).map(({ id }) => id));
      return ids.every((id) => live.has(id)) || undefined;
    }, 30_000);
    raw.send(follow(20_129));
    expect((await raw.answer(20_129)).error?.data.code).toBe("TOO_MANY_REQUESTS");
    await server.canary();
    // Answers come in the order of what was asked: once a later subscription has begun, every earlier one has been stopped.
    const after = raw.messages.all.slice(raw.messages.all.findIndex(({ id }) => Number(id) > 20_000));
    expect(after.filter(({ id, result }) => Number(id) <= 10_000 && result?.data?.data)).toEqual([]);
    raw.socket.close();
  });

  test("sockets that go away in the middle of subscribing", async () => {
    const leave = async (at: number) => {
      const raw = await open();
      for (let id = 1; id <= 20; id++) raw.send(follow(id, "support.onConversation", { conversationId }));
      if (at % 2 === 0) raw.socket.terminate();
      else raw.socket.close();
      await raw.closed;
    };
    for (let round = 0; round < 5; round++) await Promise.all(Array.from({ length: 20 }, (_, at) => leave(at)));
    await server.canary();
  });

  test("survives keys and values special to JavaScript or databases, and meaningless ones", async () => {
    const raw = await open();
    const input = '{"conversationId":1,"__proto__":{"admin":true},"constructor":{"prototype":{"x":1}}}';
    const deep = `${'{"a":'.repeat(5_000)}1${"}".repeat(5_000)}`;
    const texts = ["\ud800", "a\u0000b", "\udc00\ud800", "\u202e", "'; drop table messages; --", "%00"];
    const hostile = [
      `{"id":1,"method":"subscription","params":{"path":"support.onConversation","input":${input}},"__proto__":{"x":1}}`,
      `{"id":2,"method":"query","params":{"path":"support.inbox","input":${deep}}}`,
      `{"id":3,"method":"query","params":${deep}}`,
      `{"id":4,"method":"subscription","params":{"path":"support.onInbox","input":{},"lastEventId":${deep}}}`,
      '{"id":5,"method":"query","params":{"path":"toString"}}',
      '{"id":6,"method":"query","params":{"path":"__proto__"}}',
      '{"id":7,"method":"query","params":{"path":"support.__proto__.inbox"}}',
      '{"id":8,"method":"toString","params":{"path":"auth.me"}}',
      `[${"[".repeat(200)}${"]".repeat(200)}]`,
      `{"id":9,"method":"query","params":{"path":"${"a.".repeat(10_000)}b"}}`,
      JSON.stringify(follow(10, "support.onInbox", { lastEventId: "a:-1" })),
      JSON.stringify(follow(11, "support.onInbox", { lastEventId: "x".repeat(50_000) })),
      JSON.stringify(follow(12, "support.onInbox", { lastEventId: "e:99999999999999999999" })),
    ];
    for (const text of hostile) raw.send(text);
    texts.forEach((text, at) => {
      const sent = { userId: "bad-messages", text, clientId: text };
      raw.send({ id: 100 + at, method: "mutation", params: { path: "support.send", input: sent } });
    });
    for (const id of [5, 6, 7]) expect((await raw.answer(id)).error?.data.code).toBe("NOT_FOUND");
    for (const [at] of texts.entries()) {
      const { error } = await raw.answer(100 + at);
      if (error) expect(error.data.code).toBe("BAD_REQUEST");
    }
    await stillServes(raw);
    expect(({} as { admin?: boolean }).admin).toBeUndefined();
    raw.socket.close();
  });

  test("property: whatever JSON is sent, the socket still answers, and others are served", async () => {
    const id = fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.jsonValue());
    const method = fc.constantFrom("query", "mutation", "subscription", "subscription.stop", "connectionParams", "x");
    const path = fc.constantFrom("auth.me", "support.onInbox", "support.onConversation", "support.inbox", "x", "");
    const params = fc.oneof(
      fc.record({ path, input: fc.jsonValue() }, { requiredKeys: [] }),
      fc.record({ path, input: fc.constant({}), lastEventId: fc.jsonValue() }, { requiredKeys: ["path"] }),
      fc.jsonValue(),
    );
    const message = fc.oneof(fc.jsonValue(), fc.record({ id, method, params }, { requiredKeys: [] }));
    const texts = fc.array(
      fc.oneof(message, fc.array(message)).map((value) => JSON.stringify(value)),
      { maxLength: 8 },
    );
    await fc.assert(
      fc.asyncProperty(fc.oneof(texts, fc.array(fc.string(), { maxLength: 4 })), async (sent) => {
        const raw = await open();
        for (const text of sent) raw.send(text);
        expect((await raw.ask()).result).toBeDefined();
        raw.socket.close();
      }),
      { numRuns: 100 },
    );
    await server.canary();
  });
});
