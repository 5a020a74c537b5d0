import { rowsOf } from "@pult/db/rows.ts";
import { type SQL, sql } from "drizzle-orm";
import { describe, expect, test } from "vitest";
import type { Peer } from "../support/calls.ts";
import { type Installation, mintToken, openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { bothRuntimes, mainCell, nodePair } from "../support/matrix.ts";
import { openRaw } from "../support/raw-socket.ts";
import { makeStore, type StoredAt, withDatabase } from "../support/stored.ts";
import { callApi, initDataOf } from "../support/trpc-client.ts";
import { openTwoNodes } from "../support/two-nodes.ts";
import { expectHealthy, useServer } from "../support/use-server.ts";

interface Told {
  type: string;
  title?: string;
  data?: { name?: string };
  queuedAt?: number;
  ageMs?: number;
}

const nameOf = ({ title, data }: Told) => title ?? data?.name;

/** A socket of the protocol that has been told everything it was owed: the answer to its ping comes after that. */
async function open(server: Peer, query: string, headers: Record<string, string> = {}) {
  const raw = await openRaw(server, { path: `/ws?${query}`, headers });
  const messages = raw.messages as unknown as { all: Told[]; first(fits: (one: Told) => boolean): Promise<Told> };
  const told = () => messages.all.filter(({ type }) => type === "live_out" || type === "toast");
  await messages.first(({ type }) => type === "status");
  return {
    ...raw,
    told,
    heard: (name: string) => messages.first((one) => nameOf(one) === name),
    async close() {
      raw.socket.close(1000);
      await raw.closed;
    },
  };
}

/** A first visit, which ends once the user has heard something. */
async function visit(socket: Awaited<ReturnType<typeof open>>, server: Peer, userId: string): Promise<void> {
  const welcome = () => callApi(server).notifications.toast.mutate({ userIds: [userId], message: "Welcome" });
  await eventually(async () => (await welcome()) && socket.told().length > 0);
  await socket.close();
  await isAway(server, userId);
}

/** That the user has left, and that it is written down. */
const isAway = (server: Peer, userId: string) =>
  eventually(async () => {
    const { users } = await callApi(server).notifications.presence.list.query({ state: "away" });
    return users.some(({ namespace, externalId }) => [externalId, `${namespace}:${externalId}`].includes(userId));
  });

/** On PostgreSQL: that a user's place at the end of a log is written down. */
const isPlaceWritten = (at: StoredAt, topic: string, place: SQL) =>
  eventually(() =>
    withDatabase(at, async (db) => {
      const written = await db.execute(sql`select 1 from notification_nodes n
        join notification_readers r on r.node = n.node and r.is_current
        join topic_heads h on h.topic = ${topic} and ${place} = h.epoch || ':' || h.head`);
      return rowsOf(written).length > 0;
    }),
  );

const openAs = (server: Installation, id: number) =>
  open(server, `user_id=${id}&init_data=${encodeURIComponent(initDataOf(server, id))}`);

const publish = (server: Peer, name: string, seconds = 60) =>
  callApi(server).notifications.liveAlerts.publish.mutate({
    type: "halftime-ghost",
    name,
    marketId: "NBA29381",
    confidence: 0.94,
    ev: 8.7,
    sport: "basketball",
    expiresAt: new Date(Date.now() + seconds * 1_000).toISOString(),
  });

describe.each(bothRuntimes())("What Mini App users miss, on %s", (_name, cell) => {
  const env = { STATUS_INTERVAL_MS: "200" };
  const server = useServer(() => openInstallation({ ...cell, env }), expectHealthy);

  test("is delivered when they return, once, with its age; never an expired alert", async () => {
    const { toast } = callApi(server).notifications;
    await visit(await openAs(server, 7101), server, "7101");
    await publish(server, "open");
    await publish(server, "expired", 2);
    await toast.mutate({ message: "To everyone" });
    await toast.mutate({ userIds: ["7101"], message: "To one" });
    await toast.mutate({ userIds: ["7102"], message: "To another" });
    await eventually(async () => {
      const { alerts } = await callApi(server).notifications.liveAlerts.list.query({ state: "expired" });
      return alerts.length > 0;
    });
    const back = await openAs(server, 7101);
    await back.heard("To one");
    expect(back.told()).toEqual([
      {
        type: "live_out",
        data: expect.objectContaining({ name: "open" }),
        queuedAt: expect.any(Number),
        ageMs: expect.any(Number),
      },
      {
        type: "toast",
        title: "To everyone",
        level: "info",
        id: expect.any(String),
        queuedAt: expect.any(Number),
        ageMs: expect.any(Number),
      },
      {
        type: "toast",
        title: "To one",
        level: "info",
        id: expect.any(String),
        queuedAt: expect.any(Number),
        ageMs: expect.any(Number),
      },
    ]);
    const second = await openAs(server, 7101);
    await toast.mutate({ message: "Now" });
    for (const one of [back, second]) expect(await one.heard("Now")).not.toHaveProperty("queuedAt");
    expect(second.told().map(nameOf)).toEqual(["Now"]);
    for (const one of [back, second]) await one.close();
    await isAway(server, "7101");
    const third = await openAs(server, 7101);
    await toast.mutate({ message: "Later" });
    await third.heard("Later");
    expect(third.told().map(nameOf)).toEqual(["Later"]);
    await third.close();
  });

  test("includes how a broadcast went whose sender has left meanwhile", async () => {
    await callApi(server).auth.people.grant.mutate({ namespace: "telegram", externalId: "7111", role: "Admin" });
    const sender = await openAs(server, 7111);
    server.sandbox.setFaults({ floodWaitSeconds: 1 });
    sender.send({ action: "broadcast", text: "LIVE while its sender leaves" });
    await eventually(async () => (await callApi(server).notifications.broadcasts.list.query({})).broadcasts[0]);
    await sender.close();
    await isAway(server, "7111");
    server.sandbox.setFaults({ floodWaitSeconds: 0 });
    await eventually(async () =>
      (await callApi(server).notifications.broadcasts.list.query({})).broadcasts[0]?.targets.every(
        (one) => one.state === "pinned",
      ),
    );
    const back = await openAs(server, 7111);
    expect(await back.heard("Message sent and pinned!")).toMatchObject({ type: "toast", ageMs: expect.any(Number) });
    await back.close();
  });

  test("stands in the history, page by page, with nothing of others", async () => {
    const { toast } = callApi(server).notifications;
    await publish(server, "In the history");
    await toast.mutate({ userIds: ["7162"], message: "To another" });
    await toast.mutate({ userIds: ["7161"], message: "To this user", level: "error" });
    const socket = await openAs(server, 7161);
    const ask = async (cursor: string | null, index: number) => {
      socket.send({ type: "history", limit: 1, cursor });
      const pages = await socket.messages.until((all) => {
        const found = (all as unknown as Told[]).filter(({ type }) => type === "history");
        return found.length > index ? found : undefined;
      });
      return pages[index]?.data as unknown as { items: unknown[]; nextCursor: string };
    };
    const first = await ask(null, 0);
    expect(first.items).toEqual([
      { type: "error", message: "To this user", id: expect.any(String), at: expect.any(Number) },
    ]);
    const { items } = await ask(first.nextCursor, 1);
    expect(items).toEqual([
      { type: "live_out", data: expect.objectContaining({ name: "In the history" }), at: expect.any(Number) },
    ]);
    socket.send({ type: "history", cursor: "?" });
    await socket.messages.first(
      (one) => (one as unknown as { message?: string }).message?.startsWith("Invalid cursor") ?? false,
    );
    await socket.close();
  });

  test("is counted for staff, with whom an alert reached at once", async () => {
    const sockets = [await openAs(server, 7151), await openAs(server, 7152), await openAs(server, 7152)];
    const { liveAlerts, presence } = callApi(server).notifications;
    await eventually(async () => (await presence.list.query({})).online === 2);
    const { id } = await publish(server, "Counted");
    for (const socket of sockets) await socket.heard("Counted");
    const reach = await eventually(async () => {
      const { [id]: found } = await liveAlerts.reach.query({ ids: [id] });
      return found && found.received > 0 && found;
    });
    expect(reach).toEqual({ connected: 2, received: 2, receivedLater: 0, opened: 0 });
    for (const socket of sockets) await socket.close();
  });

  test("includes the result of an alert that they asked for", async () => {
    const { id } = await publish(server, "Watched");
    const token = (await callApi(server, null).auth.miniApp.mutate({ initData: initDataOf(server, 7121) })).token;
    const customer = callApi(server, token).notifications;
    await customer.liveAlerts.watch.mutate({ id });
    const socket = await openAs(server, 7121);
    await callApi(server).notifications.liveAlerts.settle.mutate({ id, profit: "12.50" });
    expect(await socket.heard("Watched: +12.50")).toMatchObject({ type: "toast", level: "info" });
    await expect(customer.liveAlerts.watch.mutate({ id })).rejects.toThrow("No such alert");
    await socket.close();
  });
});

describe.each(mainCell())("Mini App users of a server that is killed, on %s", (_name, { database }) => {
  test("are delivered what they have not heard, and nothing that they have", async () => {
    const { at, remove } = await makeStore(database);
    const server = await openInstallation({ ...at, env: { STATUS_INTERVAL_MS: "200" } });
    try {
      const socket = await openAs(server, 7131);
      await publish(server, "heard");
      await socket.heard("heard");
      if (database === "postgres") await isPlaceWritten(at, "notifications.alerts:all", sql`n.alerts`);
      await server.kill();
      await server.restart();
      await publish(server, "published while away");
      const back = await openAs(server, 7131);
      await back.heard("published while away");
      if (database === "postgres") expect(back.told().map(nameOf)).toEqual(["published while away"]);
      await back.close();
    } finally {
      await server.stop();
      await remove();
    }
  });
});

describe.each(nodePair())("Mini App users of two nodes, %s", (_name, runtimes) => {
  const nodes = useServer(
    () => openTwoNodes({ runtimes, env: { STATUS_INTERVAL_MS: "200" } }),
    ({ a, b }) => expect(a.logs() + b.logs()).not.toMatch(/"level":"(error|fatal)"/),
  );

  test("hear each message once, on whichever node they are and however often they change it", async () => {
    const headers = { authorization: `Bearer ${await mintToken({ sub: "7141", aud: "miniApp" })}` };
    const openOn = (node: Peer) => open(node, "user_id=7141", headers);
    await visit(await openOn(nodes.a), nodes.a, "app:7141");
    await publish(nodes.b, "missed");
    const onB = await openOn(nodes.b);
    await onB.heard("missed");
    const onA = await openOn(nodes.a);
    await publish(nodes.a, "live");
    for (const one of [onA, onB]) await one.heard("live");
    expect(onB.told().map(nameOf)).toEqual(["missed", "live"]);
    expect(onA.told().map(nameOf)).toEqual(["live"]);
    for (const one of [onA, onB]) await one.close();
    await isAway(nodes.a, "app:7141");
    const again = await openOn(nodes.a);
    await publish(nodes.b, "live again");
    await again.heard("live again");
    expect(again.told().map(nameOf)).toEqual(["live again"]);
    await again.close();
  });

  test("are told on the node they are on by then what a broken connection was sent in vain", async () => {
    const headers = { authorization: `Bearer ${await mintToken({ sub: "7171", aud: "miniApp" })}` };
    const openOn = (node: Peer) => open(node, "user_id=7171", headers);
    const toast = (message: string) => callApi(nodes.a).notifications.toast.mutate({ userIds: ["app:7171"], message });
    const onA = await openOn(nodes.a);
    await toast("heard");
    await onA.heard("heard");
    onA.send({ type: "ping" });
    await onA.messages.first((one) => (one as unknown as Told).type === "pong");
    onA.socket.pause();
    await toast("to a dead line");
    await isPlaceWritten(nodes.at, "notifications.toasts:app:7171", sql`r.own`);
    const onB = await openOn(nodes.b);
    onA.socket.terminate();
    await onB.heard("to a dead line");
    await toast("live");
    await onB.heard("live");
    expect(onB.told().map(nameOf)).toEqual(["to a dead line", "live"]);
    await onB.close();
  });
});
