import { requestError } from "@pult/api/errors.ts";
import { Attachment, type LogView } from "@pult/api/realtime/view.ts";
import { TestBus } from "@pult/api/testing/test-bus.ts";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { RealtimeCounters } from "../../metrics/realtime-stats.ts";
import { Broadcaster } from "../../sockets/broadcaster.ts";
import { GuardedSocket, SOCKET_LIMITS } from "../../sockets/guarded-socket.ts";
import { WriteTick } from "../../sockets/socket-writer.ts";
import { MemoryLogs, openLog, openPairs, type Pair, stall } from "../../sockets/test-sockets.ts";
import { CALLS_AT_ONCE } from "./messages.ts";
import { TrpcSocket } from "./trpc-socket.ts";

const TOPIC = "t:1";

const subscription = (id: string | number) => ({ id, method: "subscription", params: { path: "x" } });
const stop = (id: string | number) => ({ id, method: "subscription.stop" });
const query = (id: string | number) => ({ id, method: "query", params: { path: "x" } });
const overLimit = () => Promise.reject(requestError("rateLimited", { seconds: 3 }, { retryAfterSeconds: 3 }));

interface Opened {
  socket: GuardedSocket;
  session: TrpcSocket;
  pair: Pair;
  /** What tRPC was given, parsed. */
  passed: unknown[];
  failures: unknown[];
  send(message: unknown): void;
  /** Sends, and waits until everything sent so far was dealt with. */
  settle(message?: unknown): Promise<void>;
  /** What tRPC would answer, unless the session keeps it. */
  answer(id: string | number, type: "started" | "stopped"): boolean;
  answers(): unknown[];
}

describe("TrpcSocket", () => {
  let pairs: Awaited<ReturnType<typeof openPairs>>;
  let bus: TestBus;
  let logs: MemoryLogs;
  let broadcaster: Broadcaster;
  let tick: WriteTick;

  beforeAll(async () => {
    pairs = await openPairs();
  });
  afterAll(() => pairs.close());
  beforeEach(() => {
    bus = new TestBus();
    logs = new MemoryLogs(bus);
    const fail = (error: unknown) => expect.unreachable(String(error));
    tick = new WriteTick(() => {}, fail);
    broadcaster = new Broadcaster({ bus, feeds: logs, tick, counters: new RealtimeCounters(), failed: fail });
  });

  const attachment = (over?: Partial<LogView<unknown, unknown>>) => new Attachment(openLog(TOPIC, over), null);

  async function open({
    expectsParams = false,
    isKnown = true,
    count = async () => {},
  }: {
    expectsParams?: boolean;
    /** Whether the caller is identified at once. */
    isKnown?: boolean;
    count?(calls: number): Promise<void>;
  } = {}): Promise<Opened> {
    const pair = await pairs.open();
    const passed: unknown[] = [];
    const failures: unknown[] = [];
    const failed = (error: unknown) => failures.push(error);
    const made: TrpcSocket[] = [];
    const socket = new GuardedSocket({
      socket: pair.server,
      limits: SOCKET_LIMITS,
      broadcaster,
      tick,
      actor: { kind: "anonymous" },
      pingText: TrpcSocket.pingText,
      awaitsIdentity: expectsParams,
      legacyAuth: "required",
      admit: () => expect.unreachable(),
      identified: () => {},
      count: (_actor, calls) => count(calls),
      open(one) {
        made.push(new TrpcSocket({ socket: one, expectsParams, failed }));
        return made[0] as TrpcSocket;
      },
      slow: () => {},
      failed,
      log: () => {},
    });
    if (isKnown && !expectsParams) await socket.identify(null);
    const session = made[0] as TrpcSocket;
    session.on("message", (data: Buffer) => {
      const given = JSON.parse(String(data));
      const probe = JSON.stringify(given).match(/"(probe-\d+)"/)?.[1];
      if (probe) session.answered(probe, "data");
      else passed.push(given);
    });
    const send = (message: unknown) => pair.client.send(JSON.stringify(message));
    return {
      socket,
      session,
      pair,
      passed,
      failures,
      send,
      async settle(message) {
        if (message !== undefined) send(message);
        const before = pair.texts.all.length;
        // The queue is in order: what is answered last was dealt with last.
        send([query(`probe-${before}`), query(`probe-${before}`)]);
        await pair.texts.until((all) => all.slice(before).find((text) => text.includes("probe")));
      },
      answer(id, type) {
        const goesOut = session.answered(id, type);
        if (goesOut) session.send(JSON.stringify({ id, result: { type } }));
        return goesOut;
      },
      answers: () => pair.texts.all.filter((text) => !text.includes("probe")).map((text) => JSON.parse(text)),
    };
  }

  /** A subscription that the broadcaster delivers, as tRPC hands it over. */
  async function attached(opened: Opened, id: string | number = 1): Promise<void> {
    await opened.settle(subscription(id));
    opened.answer(id, "started");
    opened.session.attach(id, undefined, attachment());
    expect(opened.answer(id, "stopped")).toBe(false);
    await opened.pair.texts.first((text) => text.includes('"position"'));
  }

  it("hands a subscription over, swallows its end once, and answers its stop itself", async () => {
    const opened = await open();
    await attached(opened);
    logs.append(TOPIC, "x");
    await opened.pair.texts.first((text) => text.includes('"x"'));
    await opened.settle(stop(1));
    expect(opened.answers()).toEqual([
      { id: 1, result: { type: "started" } },
      { id: 1, result: { type: "data", id: "e:0", data: { id: "e:0", data: { type: "position", recovered: true } } } },
      { id: 1, result: { type: "data", id: "e:1", data: { id: "e:1", data: "x" } } },
      { id: 1, result: { type: "stopped" } },
    ]);
    expect([opened.passed, broadcaster.topics, opened.socket.views]).toEqual([[subscription(1)], 0, []]);
    expect(opened.answer(1, "stopped")).toBe(true);
  });

  it("lets an id be used again after its stop, and not before", async () => {
    const opened = await open();
    await attached(opened);
    await opened.settle(subscription(1));
    expect(opened.answers().at(-1)).toMatchObject({ id: 1, error: { message: "Duplicate id" } });
    await opened.settle(stop(1));
    await attached(opened);
    expect(opened.socket.views).toHaveLength(1);
    opened.pair.client.close();
  });

  it.each([[[1, 2]], [["a", "1"]], [["", "\ud800"]], [[-0.5, 1e21]]])("keeps ids unchanged: %j", async (ids) => {
    const opened = await open();
    for (const id of ids) await attached(opened, id);
    await opened.settle([stop(ids[0] as string)]);
    expect(opened.socket.views).toHaveLength(1);
    expect(opened.answers().filter((one) => JSON.stringify(one).includes("stopped"))).toEqual([
      { id: ids[0], result: { type: "stopped" } },
    ]);
    opened.pair.client.close();
  });

  it("takes its own stops out of a batch, whatever else is in it", async () => {
    const opened = await open();
    await attached(opened);
    await opened.settle([null, stop(1), 7, query(2), stop(99), [stop(1)]]);
    expect(opened.passed).toEqual([subscription(1), [stop(99)], [null, 7, query(2), [stop(1)]]]);
    expect([broadcaster.topics, opened.failures]).toEqual([0, []]);
    await opened.settle([query(3), stop(99)]);
    expect(opened.passed.at(-1)).toEqual([query(3), stop(99)]);
  });

  it("gives tRPC a few calls at once, a subscription until it delivers, and the rest as answers make room", async () => {
    const opened = await open();
    const ids = Array.from({ length: CALLS_AT_ONCE }, (_, at) => at);
    await opened.settle(subscription("s"));
    opened.send([...ids.map(query), stop(99), query("last")]);
    opened.send(query("next"));
    await expect.poll(() => opened.passed).toEqual([subscription("s"), ids.slice(0, -1).map(query)]);
    opened.session.attach("s", undefined, attachment());
    expect(opened.answer("s", "stopped")).toBe(false);
    await expect.poll(() => opened.passed.at(-1)).toEqual([query(ids.at(-1) ?? 0), stop(99)]);
    opened.answer(0, "stopped");
    await expect.poll(() => opened.passed.at(-1)).toEqual([query("last")]);
    opened.answer(1, "stopped");
    await expect.poll(() => opened.passed.at(-1)).toEqual(query("next"));
    opened.pair.client.close();
  });

  it("reserves no id of a batch that tRPC cannot read", async () => {
    const opened = await open();
    const unreadable = { id: 2, method: "query" };
    await opened.settle([query(1), subscription(3), unreadable]);
    await opened.settle(unreadable);
    await opened.settle([query(1), query(2), subscription(3)]);
    expect(opened.answers()).toEqual([]);
    expect(opened.passed).toEqual([
      [query(1), subscription(3), unreadable],
      unreadable,
      [query(1), query(2), subscription(3)],
    ]);
  });

  it("stops subscriptions although tRPC cannot read the rest of the batch", async () => {
    const opened = await open();
    await opened.settle(subscription(1));
    await opened.settle([stop(1), {}]);
    expect(opened.passed).toEqual([subscription(1), [stop(1)], [{}]]);
  });

  it.each<[string, number, string | Buffer]>([
    ["text that is no JSON", 1, "x"],
    ["a batch of nothing", 1, "[]"],
    ["a batch without calls, by its parts", 200, JSON.stringify(Array(200).fill({}))],
    ["late connectionParams", 1, '{"method":"connectionParams","data":null}'],
    ["a call without an id", 1, JSON.stringify({ ...query(1), id: null })],
    ["a stop without an id", 1, '{"id":{},"method":"subscription.stop"}'],
    ["a text in JSON", 1, '"PING"'],
    ["binary", 1, Buffer.from("[{},{}]")],
    ["a batch of stops and a call", 1, JSON.stringify([stop(1), query(2), stop(3)])],
    ["stops", 0, JSON.stringify([stop(1), stop(2)])],
    ["tRPC's own ping", 0, "PING"],
  ])("counts %s as %i", async (_what, cost, message) => {
    let counted = 0;
    const opened = await open({
      async count(calls) {
        counted += calls;
      },
    });
    opened.pair.client.send(message);
    await opened.settle();
    // The two calls by which the test knows that all was dealt with.
    expect(counted).toBe(cost + 2);
  });

  it("answers unreadable messages over the limit without an id, and tRPC does not see them", async () => {
    const opened = await open({ count: overLimit });
    for (const message of ["x", '[{},{"id":1,"method":"none"}]', Buffer.from("x")]) opened.pair.client.send(message);
    await opened.settle();
    expect(opened.passed).toEqual([]);
    const refusal = { id: null, error: { data: { code: "TOO_MANY_REQUESTS", retryAfterSeconds: 3 } } };
    expect(opened.answers()).toMatchObject([refusal, refusal, refusal]);
  });

  it("refuses of a batch what is over a limit, and nothing else", async () => {
    let left = 3;
    const opened = await open({
      async count(calls) {
        if (calls > left) await overLimit();
        left -= calls;
      },
    });
    const rest = query("over");
    opened.send([query(1), query(2), query(1), rest]);
    const refused = await opened.pair.texts.first((text) => text.includes('"over"'));
    expect(JSON.parse(refused)).toMatchObject({ id: "over", error: { data: { code: "TOO_MANY_REQUESTS" } } });
    expect(opened.answers()).toMatchObject([{ id: "over" }, { id: 1, error: { message: "Duplicate id" } }]);
    expect(opened.passed).toEqual([[query(1), query(2)]]);
  });

  it("answers every call of a client whose credential is wrong for a second, then closes it", async () => {
    const opened = await open();
    opened.session.refused(requestError("unauthorized"));
    opened.send([query(1), subscription(2)]);
    opened.send(query(3));
    expect(await opened.pair.closed).toBe(1008);
    const refused = [1, 2, 3].map((id) => ({ id, error: { data: { code: "UNAUTHORIZED" } } }));
    expect(opened.answers()).toMatchObject(refused);
    expect(opened.passed).toEqual([]);
  });

  it("closes a client that sends binary instead of connectionParams", async () => {
    const opened = await open({ expectsParams: true });
    opened.pair.client.send(Buffer.from('{"method":"connectionParams","data":null}'));
    expect(await opened.pair.closed).toBe(1008);
    expect(opened.passed).toEqual([]);
  });

  it("stops subscriptions although the rest of the batch is refused", async () => {
    let refuse = false;
    const opened = await open({ count: async () => (refuse ? overLimit() : undefined) });
    await attached(opened);
    await opened.settle(subscription(2));
    refuse = true;
    await opened.settle([query(3), stop(1), stop(2)]);
    expect(opened.passed).toEqual([subscription(1), subscription(2), [stop(2)]]);
    expect(broadcaster.topics).toBe(0);
    expect(opened.answers().slice(-2)).toMatchObject([
      { id: 3, error: { data: { code: "TOO_MANY_REQUESTS", retryAfterSeconds: 3 } } },
      { id: 1, result: { type: "stopped" } },
    ]);
  });

  it("does not hand over a subscription that was stopped while tRPC worked on it", async () => {
    const opened = await open();
    await opened.settle(subscription(1));
    await opened.settle(stop(1));
    opened.session.attach(1, undefined, attachment());
    expect([opened.socket.views, opened.answer(1, "stopped")]).toEqual([[], true]);
    await attached(opened);
    opened.pair.client.close();
  });

  it("hands over no subscription that may not be read, and none whose view fails", async () => {
    const opened = await open();
    await opened.settle(subscription(1));
    expect(() => opened.session.attach(1, undefined, attachment({ mayRead: () => false }))).toThrow(
      "No longer allowed",
    );
    const unmet = attachment({
      entered() {
        throw new Error("no presence");
      },
    });
    expect(() => opened.session.attach(1, undefined, unmet)).toThrow("no presence");
    expect([opened.session.answered(1, "error"), broadcaster.topics]).toEqual([true, 0]);
  });

  it("ends a subscription with an error when its topic cannot be read", async () => {
    const opened = await open();
    logs.failure = new Error("database away");
    await opened.settle(subscription(1));
    opened.session.attach(1, "2.0", attachment());
    const refusal = await opened.pair.texts.first((text) => text.startsWith('{"id":1,"error"'));
    expect(JSON.parse(refusal)).toMatchObject({ id: 1, error: { data: { code: "SERVICE_UNAVAILABLE" } } });
    expect(refusal).not.toContain("away");
    expect([opened.failures, opened.answer(1, "stopped")]).toEqual([[logs.failure], false]);
    logs.failure = null;
    await attached(opened);
    opened.pair.client.close();
  });

  it("leaves every topic when it closes, also during a delivery", async () => {
    const [one, other] = [await open(), await open()];
    await attached(one);
    await attached(other);
    const away = new Promise((resolve) => one.session.once("close", resolve));
    bus.subscribeLog(TOPIC, () => one.session.close(1008, "enough"));
    logs.append(TOPIC, "x", "y");
    await other.pair.texts.first((text) => text.includes('"y"'));
    expect(await one.pair.closed).toBe(1008);
    await away;
    expect([one.session.readyState === 1, one.socket.views, other.socket.views.length]).toEqual([false, [], 1]);
    expect(one.answers().at(-1)).toMatchObject({ result: { data: { data: "x" } } });
    other.pair.client.close();
  });

  it.each(["PING", "ws's own ping"])("closes a client that sends %s and reads no answer", async (kind) => {
    const { socket, session, pair } = await open();
    const closed = new Promise<unknown>((resolve) => session.once("close", resolve));
    stall(pair);
    session.send("x".repeat(SOCKET_LIMITS.queueBytes - 100_000));
    const more = () => {
      for (let at = 0; at < 1_000; at++) kind === "PING" ? pair.client.send("PING") : pair.client.ping("x".repeat(125));
      if (pair.client.readyState === 1 && session.readyState === 1) setImmediate(more);
    };
    more();
    await closed;
    expect(socket.queued).toBeLessThan(2 * 1024 * 1024);
  });

  it("stops reading while messages wait to be counted, and loses none", async () => {
    const { socket, session, pair, passed } = await open({ isKnown: false });
    const paused = new Promise<void>((resolve) => {
      const pause = pair.server.pause.bind(pair.server);
      pair.server.pause = () => {
        pause();
        resolve();
      };
    });
    const count = 5 * SOCKET_LIMITS.waiting;
    const all = new Promise<void>((resolve) =>
      session.on("message", () => {
        if (passed.length === count) resolve();
      }),
    );
    for (let at = 0; at < count; at++) pair.client.send(JSON.stringify(stop(at)));
    await paused;
    await socket.identify(null);
    await all;
    expect(passed).toEqual(Array.from({ length: count }, (_, at) => stop(at)));
    expect(pair.server.isPaused).toBe(false);
  });

  it("closes a client that is silent for too long", async () => {
    const { socket, pair } = await open();
    socket.tick(Date.now() + SOCKET_LIMITS.pingMs);
    const ping = await pair.texts.first((text) => text === "PING");
    socket.tick(Date.now() + SOCKET_LIMITS.pingMs + SOCKET_LIMITS.pongMs);
    expect([ping, await pair.closed]).toEqual(["PING", 1006]);
  });
});
