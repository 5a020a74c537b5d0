import { describe, expect, test } from "vitest";
import { ADMIN_KEY, mintToken, openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { bothRuntimes, mainCell } from "../support/matrix.ts";
import { openRaw, type RawSocket } from "../support/raw-socket.ts";
import { callApi, initDataOf } from "../support/trpc-client.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

interface Told {
  type: string;
  title?: string;
  message?: string;
  data?: Record<string, unknown>;
}

/** A socket of the protocol. */
function reading({ messages, ...raw }: RawSocket) {
  const told = messages as unknown as { all: Told[]; first(fits: (one: Told) => boolean): Promise<Told> };
  return {
    ...raw,
    told,
    got: (type: string) => told.first((one) => one.type === type),
    /** What it was told beside the status. */
    others: () => told.all.filter(({ type }) => type !== "status"),
  };
}

describe.each(bothRuntimes())("The Mini App protocol on %s", (_name, cell) => {
  const env = { STATUS_INTERVAL_MS: "200" };
  const server = useServer(() => openInstallation({ ...cell, env }), expectHealthy);

  const open = async (query: string, headers: Record<string, string> = {}) =>
    reading(await openRaw(server, { path: `/ws?${query}`, headers }));
  const openAs = (id: number) =>
    open(`user_id=${id}&username=anna&init_data=${encodeURIComponent(initDataOf(server, id))}`);
  const grant = (id: number, role: "Admin" | "Moderator") =>
    callApi(server).auth.people.grant.mutate({ namespace: "telegram", externalId: String(id), role });
  const inGroup = () => server.sandbox.world().group.messages;

  test("refuses an upgrade without a user id with 400, and one without proof with 401", async () => {
    const refusals: [query: string, status: number, headers?: Record<string, string>][] = [
      ["username=anna", 400],
      ["user_id=anna", 400],
      ["user_id=-5", 400],
      ["user_id=7001", 401],
      ["user_id=7001&init_data=", 401],
      [`user_id=7001&init_data=${encodeURIComponent(initDataOf(server, 7002))}`, 401],
      [
        `user_id=7001&init_data=${encodeURIComponent(initDataOf(server, 7001).replace("first_name", "last_name"))}`,
        401,
      ],
      ["user_id=7001", 401, { authorization: `Bearer ${await mintToken({ sub: "7002" })}` }],
    ];
    for (const [query, status, headers] of refusals)
      await expect(open(query, headers)).rejects.toThrow(`refused with ${status}`);
    await expect(openRaw(server, { path: "/telegram/ws" })).rejects.toThrow("refused with 400");
  });

  test("lets in a user with init data, encoded or not, with a token of theirs, and a server's key", async () => {
    const own = { authorization: `Bearer ${await mintToken({ sub: "7001", aud: "miniApp" })}` };
    const sockets = [
      await openAs(7001),
      await open(`user_id=7001&username=anna&init_data=${initDataOf(server, 7001)}`),
      await open("user_id=7001", own),
      await open("user_id=7001", { "x-api-key": ADMIN_KEY }),
      reading(await openRaw(server, { path: "/telegram/ws?user_id=7001", headers: own })),
    ];
    for (const socket of sockets) {
      socket.send({ type: "ping" });
      expect(await socket.got("pong")).toEqual({ type: "pong" });
      socket.socket.close();
    }
  });

  test("sends real figures in every interval", async () => {
    const [first, second] = [await openAs(7011), await openAs(7012)];
    const { data } = await first.told.first((one) => one.data?.activeUsers === 2);
    expect(data).toEqual({
      running: true,
      uptime: expect.any(Number),
      activeUsers: 2,
      messagesProcessed: expect.any(Number),
      alertsSent: expect.any(Number),
      sessionPnL: expect.any(Number),
      sessionTrades: expect.any(Number),
      lastTrade: null,
    });
    expect(await callApi(server).notifications.status.query()).toMatchObject({ running: true });
    for (const { socket } of [first, second]) socket.close();
  });

  test("sends a live alert to everyone connected, and counts it once it is settled", async () => {
    const [first, second] = [await openAs(7021), await openAs(7022)];
    const expiresAt = new Date(Date.now() + 60_000).toISOString();
    const alert = {
      type: "halftime-ghost",
      name: "LAL vs GSW - Under 112.5 2H",
      marketId: "NBA29381",
      confidence: 0.94,
      ev: 8.7,
      sport: "basketball",
    };
    const { publish, settle } = callApi(server).notifications.liveAlerts;
    const before = await callApi(server).notifications.status.query();
    const { id } = await publish.mutate({ ...alert, expiresAt });
    const told = { type: "live_out", data: { id, ...alert, expiresAt: Date.parse(expiresAt) } };
    for (const socket of [first, second]) expect(await socket.got("live_out")).toEqual(told);
    await settle.mutate({ id, profit: "842.31" });
    await settle.mutate({ id, profit: "842.310" });
    await expect(settle.mutate({ id, profit: "1" })).rejects.toThrow("settled with another");
    const { data } = await first.told.first((one) => one.data?.sessionTrades === before.sessionTrades + 1);
    expect(data).toMatchObject({
      alertsSent: before.alertsSent + 1,
      sessionPnL: 842.31,
      lastTrade: expect.any(Number),
    });
    await expect(publish.mutate({ ...alert, expiresAt: "2020-01-01T00:00:00Z" })).rejects.toThrow("in the future");
    for (const { socket } of [first, second]) socket.close();
  });

  test("an Admin's broadcast is sent and pinned, and a message can be pinned", async () => {
    await grant(7031, "Admin");
    const socket = await openAs(7031);
    socket.send({ action: "broadcast", text: "LIVE: Celtics -3.5 1H" });
    expect(await socket.got("toast")).toMatchObject({ title: "Message sent and pinned!", level: "success" });
    const message = inGroup().find(({ text }) => text === "LIVE: Celtics -3.5 1H");
    expect(message).toMatchObject({ pinned: true });
    socket.send({ action: "pin", data: { messageId: message?.messageId } });
    await socket.told.first(({ title }) => title === "Message pinned!");
    socket.send({ action: "pin", data: { messageId: 999_999 } });
    await socket.told.first(({ message: words }) => words?.includes("message to pin not found") ?? false);
    socket.send({ action: "broadcast", text: "x", thread_id: 999_999 });
    await socket.told.first(({ message: words }) => words?.includes("message thread not found") ?? false);
    socket.send({ action: "broadcast", text: "x".repeat(20_000) });
    await socket.told.first(({ message: words }) => words?.startsWith("text: ") ?? false);
    socket.socket.close();
  });

  test("a pause of up to 30 s that Telegram asks for is waited out, a longer one is told", async () => {
    await grant(7041, "Admin");
    const socket = await openAs(7041);
    server.sandbox.setFaults({ floodWaitSeconds: 1 });
    socket.send({ action: "broadcast", text: "after the flood" });
    expect(await socket.got("toast")).toMatchObject({ title: "Message sent and pinned!" });
    server.sandbox.setFaults({ floodWaitSeconds: 40 });
    socket.send({ action: "broadcast", text: "too long" });
    expect(await socket.got("error")).toMatchObject({ message: expect.stringContaining("retry after") });
    server.sandbox.setFaults({ floodWaitSeconds: 0 });
    socket.socket.close();
  });

  test("refuses what others ask for, and what is no message, and stays open", async () => {
    await grant(7051, "Moderator");
    const sockets = [await openAs(7051), await openAs(7052)];
    const own = { authorization: `Bearer ${await mintToken({ sub: "7031" })}` };
    sockets.push(await open("user_id=7031", own));
    for (const socket of sockets) {
      socket.send({ action: "broadcast", text: "not allowed" });
      socket.send({ action: "pin", data: { messageId: 1 } });
      socket.send("no JSON");
      socket.send({ type: "ping" });
      await socket.got("pong");
      expect(socket.others()).toEqual([
        { type: "error", message: "Permission denied" },
        { type: "error", message: "Permission denied" },
        { type: "error", message: "Invalid message format" },
        { type: "pong" },
      ]);
      socket.socket.close();
    }
    expect(inGroup().some(({ text }) => text === "not allowed")).toBe(false);
  });
});

describe.each(mainCell())("The Mini App protocol with LEGACY_AUTH=open on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, legacyAuth: "open" }), expectHealthy);

  test("lets a bare user id read as the document's client does, and nothing more", async () => {
    const admin = { namespace: "telegram", externalId: "7061", role: "Admin" } as const;
    await callApi(server).auth.people.grant.mutate(admin);
    const socket = reading(await openRaw(server, { path: "/ws?user_id=7061&username=test" }));
    await socket.got("status");
    socket.send({ type: "ping" });
    socket.send({ action: "broadcast", text: "LIVE", thread_id: 47 });
    await socket.got("error");
    expect(socket.others()).toEqual([{ type: "pong" }, { type: "error", message: "Permission denied" }]);
    socket.socket.close();
  });

  test("tells a bare user id what everyone is told, and nothing that is meant for that user", async () => {
    const { toast, presence } = callApi(server).notifications;
    const openProven = async () =>
      reading(
        await openRaw(server, { path: `/ws?user_id=7062&init_data=${encodeURIComponent(initDataOf(server, 7062))}` }),
      );
    const openBare = async (path = "/ws") =>
      reading(await openRaw(server, { path: `${path}?user_id=7062&username=anna` }));
    const isListed = (namespace: string, state: "online" | "away") =>
      eventually(async () =>
        (await presence.list.query({ state })).users.some(
          (one) => one.namespace === namespace && one.externalId === "7062",
        ),
      );
    const titles = (socket: Awaited<ReturnType<typeof openBare>>) =>
      socket.told.all.flatMap(({ title }) => title ?? []);

    const proven = await openProven();
    await isListed("telegram", "online");
    proven.socket.close(1000);
    await isListed("telegram", "away");
    await toast.mutate({ userIds: ["7062"], message: "Missed by one" });
    const bare = [await openBare(), await openBare("/telegram/ws")];
    await isListed("unproven", "online");
    await toast.mutate({ userIds: ["7062"], message: "To one" });
    await toast.mutate({ message: "To everyone" });
    for (const socket of bare) {
      await socket.told.first(({ title }) => title === "To everyone");
      socket.send({ type: "history" });
      expect(await socket.got("history")).toMatchObject({ data: { items: [{ title: "To everyone" }] } });
      expect(titles(socket)).toEqual(["To everyone"]);
    }
    const crowd = await Promise.all(Array.from({ length: 20 }, () => openBare()));
    const back = await openProven();
    await back.told.first(({ title }) => title === "To everyone");
    expect(titles(back)).toEqual(["Missed by one", "To one", "To everyone"]);
    expect(back.socket.readyState).toBe(1);
    for (const { socket } of [back, ...bare, ...crowd]) socket.close();
  });
});
