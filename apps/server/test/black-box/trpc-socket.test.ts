import { describe, expect, test } from "vitest";
import { sendMessage } from "../support/calls.ts";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { mainCell } from "../support/matrix.ts";
import { follow, type Message, openRaw, openRawAs, query, type RawSocket, stopOf } from "../support/raw-socket.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

const WITH_PARAMS = { path: "/trpc?connectionParams=1" };

describe.each(mainCell())("tRPC over WebSocket on %s", (_name, cell) => {
  const server = useServer(() => openInstallation(cell), expectHealthy);
  const open = () => openRawAs(server, ADMIN_KEY);

  /** Resolves when so many messages fit. */
  const reach = ({ messages }: RawSocket, count: number, fits: (message: Message) => boolean) =>
    messages.until((all) => all.filter(fits).length === count || undefined);

  test.concurrent("connectionParams that never come: closed 1008 after 10 s", async () => {
    const started = Date.now();
    const { closed } = await openRaw(server, WITH_PARAMS);
    expect(await closed).toEqual({ code: 1008, reason: "Not authenticated in time" });
    expect(Date.now() - started).toBeGreaterThan(9_500);
    expect(Date.now() - started).toBeLessThan(15_000);
  });

  const withParams = (data: unknown) => ({ method: "connectionParams", data });
  test.concurrent.each([
    ["another message", query(1)],
    ["no JSON", "{{{"],
    ["params that are no object", withParams("token")],
    ["params that are a list", withParams([])],
    ["a token that is a number", withParams({ token: 1 })],
    ["a token that is null", withParams({ token: null })],
    ["a token inside a token", withParams({ token: { token: ADMIN_KEY } })],
    ["a token of 60,000 characters", withParams({ token: "x".repeat(60_000) })],
    ["a token that is a half surrogate", withParams({ token: "\ud800" })],
    ["a wrong token", withParams({ token: "rubbish" })],
    ["another user's algorithm", withParams({ token: "a.b.c" })],
  ])("connectionParams: %s is UNAUTHORIZED and closed 1008, and so is what follows", async (_what, first) => {
    const raw = await openRaw(server, WITH_PARAMS);
    raw.send(first);
    raw.send(query(1));
    expect((await raw.closed).code).toBe(1008);
    expect(raw.messages.all[0]?.error?.data.code).toBe("UNAUTHORIZED");
    expect(raw.messages.all.some(({ result }) => result)).toBe(false);
  });

  test.concurrent("rejects calls that need an identity with UNAUTHORIZED when the socket is anonymous", async () => {
    for (const raw of [await openRaw(server), await openRaw(server, { path: "/trpc/" })]) {
      raw.send(query(1));
      raw.send(follow(2));
      raw.send({ id: 3, method: "mutation", params: { path: "support.send", input: { text: "x", clientId: "x" } } });
      for (const id of [1, 2, 3]) expect((await raw.answer(id)).error?.data.code).toBe("UNAUTHORIZED");
      expect(raw.socket.readyState).toBe(raw.socket.OPEN);
      raw.socket.close();
    }
  });

  test.concurrent("a token, a key and a customer's JWT each open what is theirs", async () => {
    const key = await open();
    expect((await key.ask()).result?.data).toMatchObject({ kind: "apiKey" });
    const customer = await openRawAs(server, await mintToken({ sub: "ws-1" }));
    customer.send([query(1), follow(2)]);
    expect((await customer.answer(1)).result?.data).toMatchObject({ kind: "customer", id: "ws-1" });
    expect((await customer.answer(2)).error?.data.code).toBe("FORBIDDEN");
    for (const { socket } of [key, customer]) socket.close();
  });

  test.concurrent("the first event is the position, also when nothing has happened; `lastEventId` that is none is not recovered", async () => {
    const raw = await openRawAs(server, await mintToken({ sub: "ws-position" }));
    const first = await raw.follow(1, "support.onMessage");
    expect(first.result?.data?.data).toEqual({ type: "position", recovered: true });
    expect(first.result?.id).toMatch(/^[\w-]+:\d+$/);
    const second = await raw.follow(2, "support.onMessage", { lastEventId: "elsewhere:7" });
    const begun = { type: "position", recovered: false, snapshot: { hasMore: false } };
    expect(second.result?.data?.data).toMatchObject(begun);
    raw.socket.close();
  });

  test.concurrent("an id of a batch that could not be read is free again", async () => {
    const raw = await open();
    raw.send([query(1), { id: 2, method: "query" }]);
    expect((await raw.answer(null)).error?.data.code).toBe("PARSE_ERROR");
    raw.send([query(1), query(2)]);
    for (const id of [1, 2]) expect((await raw.answer(id)).result?.data).toMatchObject({ kind: "apiKey" });
    raw.socket.close();
  });

  test.concurrent("an id that is in use is refused, the first goes on, and the limit still counts it", async () => {
    const raw = await open();
    for (let id = 1; id <= 128; id++) raw.send(follow(id));
    await reach(raw, 128, ({ result }) => result?.type === "data");
    raw.send(stopOf(1));
    await raw.messages.first(({ id, result }) => id === 1 && result?.type === "stopped");
    for (let id = 2; id <= 11; id++) raw.send(follow(id));
    await reach(raw, 10, ({ error }) => error?.message.startsWith("Duplicate id") === true);
    // One has been stopped, so there is room for one and no more.
    raw.send(follow(201));
    expect((await raw.answer(201)).error).toBeUndefined();
    raw.send(follow(202));
    const refused = { code: "TOO_MANY_REQUESTS", reason: "RATE_LIMITED" };
    expect((await raw.answer(202)).error?.data).toMatchObject(refused);
    const seen = raw.messages.all.length;
    await sendMessage(server, { user_id: "ws-dup", message: "x" }, { token: ADMIN_KEY });
    await raw.messages.until((all) => all.slice(seen).find(({ id, result }) => id === 2 && result?.type === "data"));
    raw.socket.close();
  });

  test.concurrent("a batch of 200 is answered, and of 201 all but the last", async () => {
    const raw = await open();
    raw.send(Array.from({ length: 200 }, (_, at) => query(at + 1)));
    await reach(raw, 200, ({ result }) => result !== undefined);
    raw.send(Array.from({ length: 201 }, (_, at) => query(at + 1_001)));
    expect((await raw.answer(1_201)).error?.data.reason).toBe("RATE_LIMITED");
    await reach(raw, 400, ({ result }) => result !== undefined);
    expect(raw.messages.all.filter(({ error }) => error !== undefined)).toHaveLength(1);
    raw.socket.close();
  });
});
