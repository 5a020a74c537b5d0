import { expect, it } from "vitest";
import { callerOf, keyWith, makeCustomer, refusal } from "../../testing/factories.ts";
import { readerOf } from "../../testing/reader.ts";
import { describeOnDatabases } from "../../testing/test-deps.ts";
import { makeTrader, openRoom } from "../../testing/trading-room.ts";
import { GRANT, START } from "../curve.ts";
import { MAX_OPEN_ROOMS } from "./create.ts";
import { CROWD } from "./members.ts";

describeOnDatabases("trading.rooms", (world) => {
  const refused = (key: string, code = "CONFLICT") => refusal(code, { key: `trading.${key}` });
  const as = (...given: Parameters<typeof world.as>) => world.as(...given).trading;
  const staff = () => as(keyWith("trading:write"));

  it("creates a room once for a client id, and puts every token into it", async () => {
    const api = staff();
    const [room, again] = await Promise.all([
      api.rooms.create({ name: " Friday ", clientId: "one" }),
      api.rooms.create({ name: " Friday ", clientId: "one" }),
    ]);
    expect(again).toEqual(room);
    expect(room).toMatchObject({
      name: "Friday",
      status: "open",
      feeBps: 100,
      price: "27.958993476",
      reserves: { sol: String(START.sol), token: String(START.token), forSale: String(START.forSale) },
    });
    expect(room.tokenMint).toMatch(/^[1-9A-HJ-NP-Za-km-z]{32,44}$/);
    await expect(api.rooms.create({ name: "Other", clientId: "one" })).rejects.toMatchObject(
      refused("clientIdReused", "VALIDATION"),
    );
    expect(await world.listAudit("rooms.created")).toMatchObject([{ targetId: room.id }]);
  });

  it("lets customers create some rooms, and close their own", async () => {
    const trader = makeTrader();
    const rooms = await Promise.all(
      Array.from({ length: MAX_OPEN_ROOMS }, (_, at) => as(trader).rooms.create({ name: `Room ${at}` })),
    );
    await expect(as(trader).rooms.create({ name: "One more" })).rejects.toMatchObject(refused("tooManyRooms"));
    const roomId = rooms[0]?.id ?? "";
    await expect(as(makeTrader()).rooms.close({ roomId })).rejects.toMatchObject(refusal("FORBIDDEN"));
    expect(await as(trader).rooms.close({ roomId })).toMatchObject({ status: "closed" });
    await as(trader).rooms.create({ name: "One more" });
    const unproven = makeCustomer({ namespace: "wallet", isUnproven: true });
    await expect(as(unproven).rooms.create({ name: "x" })).rejects.toMatchObject(
      refused("unprovenCreator", "FORBIDDEN"),
    );
  });

  it("lists rooms newest first, page by page and by status", async () => {
    const created: string[] = [];
    for (const name of ["a", "b", "c", "d", "e"]) {
      created.unshift((await staff().rooms.create({ name })).id);
      world.deps.clock.advance(1);
    }
    const seen: string[] = [];
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await as(makeTrader()).rooms.list({ limit: 2, cursor });
      seen.push(...page.rooms.map(({ id }) => id));
      cursor = page.nextCursor;
    }
    expect(seen).toEqual(created);
    await staff().rooms.close({ roomId: created[0] ?? "" });
    await as(makeTrader()).rooms.join({ roomId: created[1] ?? "" });
    const { rooms } = await staff().rooms.list({ limit: 2 });
    expect(rooms.map(({ members }) => members)).toEqual([0, 1]);
    const closed = await staff().rooms.list({ status: "closed" });
    expect(closed.rooms.map(({ id }) => id)).toEqual([created[0]]);
    for (const at of ["0000-01-01", "2026-02-31", "2026-13-01"])
      await expect(staff().rooms.list({ cursor: `${at}T00:00:00.000Z,${created[0]}` })).rejects.toMatchObject(
        refusal("VALIDATION"),
      );
  });

  it("grants 10 SOL to a trader who joins a room, once, whatever they do", async () => {
    const { roomId, trader, state } = await openRoom(world.deps);
    const api = as(trader);
    await Promise.all(Array.from({ length: 10 }, () => api.rooms.join({ roomId })));
    await api.rooms.leave({ roomId });
    expect((await state(trader)).me).toMatchObject({ isMember: false, balances: { sol: String(GRANT) } });
    await api.rooms.join({ roomId });
    expect(await state(trader)).toMatchObject({ members: 1, me: { isMember: true, balances: { sol: String(GRANT) } } });
    const told = world.deps.bus.published.map(({ entry }) => (entry.payload as { type: string }).type);
    expect(told).toEqual(["joined", "left", "joined"]);
  });

  it("knows nothing of one who asked for a room that is not there", async () => {
    const join = as(makeTrader()).rooms.join({ roomId: crypto.randomUUID() });
    await expect(join).rejects.toMatchObject(refused("roomNotFound", "NOT_FOUND"));
    expect([await world.countRows("traders"), await world.countRows("people")]).toEqual([0, 0]);
  });

  it("counts who joined and is connected", async () => {
    const { roomId, traders, state } = await openRoom(world.deps, { traders: 2 });
    const [first] = traders;
    if (!first) throw new Error("A trader");
    const reader = readerOf((signal) => as(first, signal).onRoom({ roomId }));
    await reader.next();
    expect(await state(first)).toMatchObject({ members: 2, participants: 1 });
    await reader.stop();
    expect(await state(first)).toMatchObject({ participants: 0 });
  });

  it("counts a crowd once a second, however many join", async () => {
    const { roomId, trader, state } = await openRoom(world.deps, { traders: CROWD });
    expect(await state(trader)).toMatchObject({ members: CROWD });
    await as(makeTrader()).rooms.join({ roomId });
    world.deps.clock.advance(999);
    expect(await state(trader)).toMatchObject({ members: CROWD });
    world.deps.clock.advance(1);
    expect(await state(trader)).toMatchObject({ members: CROWD + 1 });
  });

  it("tells its members and staff what happens, from where they were, and no others", async () => {
    const { roomId, trader, trade } = await openRoom(world.deps);
    const first = readerOf((signal) => as(trader, signal).onRoom({ roomId }));
    const [position] = (await first.next()) as unknown as [string];
    await first.stop();
    await as(trader).chat.send({ roomId, text: "Hello" });
    await trade(trader, { side: "buy", amount: "1000000" });
    const again = readerOf((signal) => as(trader, signal).onRoom({ roomId, lastEventId: position }));
    const events = (await again.take(3)) as unknown as [string, { type: string }][];
    await again.stop();
    expect(events.map(([, { type }]) => type)).toEqual(["position", "messageSent", "traded"]);
    const server = readerOf((signal) => as(keyWith("trading:read"), signal).onRoom({ roomId, lastEventId: "gone:1" }));
    expect((await server.next()) as unknown).toMatchObject({ 1: { type: "position", snapshot: { id: roomId } } });
    await server.stop();
    for (const actor of [makeTrader(), makeCustomer({ isUnproven: true })])
      await expect(readerOf((signal) => as(actor, signal).onRoom({ roomId })).next()).rejects.toMatchObject({
        key: "trading.notJoined",
      });
  });

  it("ends trade and talk when it is closed, and lets no newcomer in", async () => {
    const { roomId, trader, trade } = await openRoom(world.deps);
    await staff().rooms.close({ roomId });
    expect(await staff().rooms.close({ roomId })).toMatchObject({ status: "closed" });
    await expect(trade(trader, { side: "buy", amount: "1000000" })).rejects.toMatchObject(refused("closed"));
    await expect(as(trader).chat.send({ roomId, text: "x" })).rejects.toMatchObject(refused("closed"));
    await expect(as(makeTrader()).rooms.join({ roomId })).rejects.toMatchObject(refused("closed"));
    expect(await world.listAudit("rooms.closed")).toHaveLength(1);
  });

  it("keeps what is said as it was written, once for a client id, for members alone", async () => {
    const { roomId, trader } = await openRoom(world.deps);
    const api = callerOf(world.deps, trader).trading.chat;
    const text = '  <b>"hi"</b>\n\u{1f600} ';
    const [message, again] = await Promise.all([
      api.send({ roomId, text, clientId: "one" }),
      api.send({ roomId, text, clientId: "one" }),
    ]);
    expect([again, await api.send({ roomId, text, clientId: "one" })]).toEqual([message, message]);
    expect(message).toMatchObject({ text, userId: trader.externalId, clientId: "one" });
    expect(world.deps.bus.published.at(-1)?.entry.payload).toEqual({ type: "messageSent", message });
    await expect(api.send({ roomId, text: "other", clientId: "one" })).rejects.toMatchObject(
      refused("clientIdReused", "VALIDATION"),
    );
    await api.send({ roomId, text: "x".repeat(2_000) });
    for (const bad of ["", "x".repeat(2_001), "\u0000"])
      await expect(api.send({ roomId, text: bad })).rejects.toMatchObject({ code: "BAD_REQUEST" });
    const { messages, nextCursor } = await api.list({ roomId, limit: 1 });
    expect(messages).toMatchObject([{ text: "x".repeat(2_000) }]);
    expect((await api.list({ roomId, limit: 1, cursor: nextCursor })).messages).toEqual([message]);
    const stranger = as(makeTrader());
    await expect(stranger.chat.list({ roomId })).rejects.toMatchObject(refused("notJoined", "FORBIDDEN"));
    expect((await stranger.rooms.get({ roomId })).messages).toEqual([]);
  });

  it("lets moderators mute, warn and remove members, before everyone and on record", async () => {
    const { roomId, trader, state } = await openRoom(world.deps);
    const agent = await world.makeAgent();
    const { moderation } = as(agent);
    const traderId = (await state(trader)).me?.traderId ?? "";
    const member = { roomId, traderId };
    const until = new Date(world.deps.now().getTime() + 60_000).toISOString();
    const say = () => as(trader).chat.send({ roomId, text: "x" });
    await moderation.mute({ ...member, until, reason: "Noise" });
    await expect(say()).rejects.toMatchObject(refused("muted", "FORBIDDEN"));
    await moderation.mute({ ...member, until: null });
    await say();
    await moderation.mute({ ...member, until });
    world.deps.clock.advance(60_001);
    await say();
    await moderation.warn({ ...member, reason: "Once more" });
    const reader = readerOf((signal) => as(trader, signal).onRoom({ roomId }));
    await reader.next();
    await moderation.remove({ ...member, reason: "Again" });
    await reader.stop();
    const attempts = [
      say,
      () => as(trader).rooms.join({ roomId }),
      () => as(trader).trade({ roomId, side: "buy", amount: "1000000" }),
    ];
    for (const attempt of attempts) await expect(attempt()).rejects.toMatchObject(refused("removed", "FORBIDDEN"));
    await moderation.readmit(member);
    await as(trader).rooms.join({ roomId });
    const told = world.deps.bus.published.map(({ entry }) => (entry.payload as { type: string }).type);
    expect(told.filter((type) => !["joined", "messageSent"].includes(type))).toEqual([
      ...["muted", "muted", "muted", "warned", "removed", "readmitted"],
    ]);
    expect(await world.listAudit("rooms.memberRemoved")).toMatchObject([
      { actorId: agent.personId, targetId: traderId, details: { roomId } },
    ]);
    await expect(moderation.mute({ ...member, until })).rejects.toMatchObject(refused("muteInPast", "VALIDATION"));
    await expect(moderation.warn({ ...member, traderId: crypto.randomUUID(), reason: "x" })).rejects.toMatchObject(
      refused("memberNotFound", "NOT_FOUND"),
    );
    await expect(as(trader).moderation.remove(member)).rejects.toMatchObject(refusal("FORBIDDEN"));
  });

  it("leaves a member who was not removed in the room when they are readmitted, and tells the room nothing", async () => {
    const { roomId, trader, state } = await openRoom(world.deps);
    const traderId = (await state(trader)).me?.traderId ?? "";
    world.deps.bus.published.length = 0;
    await staff().moderation.readmit({ roomId, traderId });
    expect((await state(trader)).me?.isMember).toBe(true);
    expect(world.deps.bus.published).toEqual([]);
  });

  it("tells sockets of a removed member that they may no longer follow the room", async () => {
    const { roomId, trader, state } = await openRoom(world.deps);
    const { followRoom } = await import("./live.ts");
    const view = await followRoom(world.contextOf(trader), { roomId });
    const leave = view.entered?.();
    expect(view.mayRead(trader)).toBe(true);
    const traderId = (await state(trader)).me?.traderId ?? "";
    await staff().moderation.remove({ roomId, traderId });
    expect(view.mayRead(trader)).toBe(false);
    const changed = world.deps.bus.latest.filter(({ topic }) => topic.startsWith("auth.rightsChanged:person:"));
    expect(changed).toHaveLength(1);
    leave?.();
  });
});
