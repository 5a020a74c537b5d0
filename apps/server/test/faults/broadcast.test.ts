import type { Broadcast } from "@pult/api/notifications/broadcasts/schema.ts";
import type { Database } from "@pult/db/database.ts";
import { broadcastSubscriptions } from "@pult/db/schema/notifications.ts";
import { describe, expect, test } from "vitest";
import { openInstallation } from "../support/installation.ts";
import { eventually } from "../support/mailbox.ts";
import { bothDatabases } from "../support/matrix.ts";
import { callApi } from "../support/trpc-client.ts";

/** Chats that Telegram does not know: calls into them fail, and are counted all the same. */
const STRANGERS = Array.from({ length: 160 }, (_, at) => 910_000_000 + at);
/** 10 calls a second: people still wait when the broadcast is paused, however slow the machine is. */
const SLOW = { LIMIT_TELEGRAM_PER_SECOND: "12" };
const FAST = { LIMIT_TELEGRAM_PER_SECOND: "0" };
const [KILL_AT, PAUSE_AT] = [20, 40];
/** Calls that are under way at most when the process is killed. */
const MAX_UNKNOWN = 48;
const TEXT = "News of the day";

/** Strangers subscribed first, so that people still wait at half. */
async function seed(db: Database): Promise<void> {
  const since = { source: "command", subscribedAt: new Date(0), messageId: 0 };
  await db.insert(broadcastSubscriptions).values(STRANGERS.map((chatId) => ({ chatId, ...since })));
}

describe.each(bothDatabases())("A broadcast to customers on %s", (_name, cell) => {
  test("kill -9, a pause and /stop in the middle: no customer is called twice, and each is accounted for", async () => {
    const server = await openInstallation({ ...cell, speed: 5, seed, env: SLOW });
    const { sandbox } = server;
    const broadcasts = () => callApi(server).notifications.broadcasts;
    const called = () =>
      sandbox.calls
        .filter(({ method, params }) => method === "sendMessage" && String(params.text).startsWith(TEXT))
        .map(({ params }) => Number(params.chat_id));
    const countsOf = async ({ id }: Broadcast) => (await broadcasts().get.query({ id })).counts;
    try {
      const people = sandbox.world().users.filter(({ staff }) => !staff);
      const [leaving = 0, staying = 0] = people.map(({ id }) => id);
      for (const userId of [leaving, staying])
        sandbox.telegram.sendAsUser({ userId, chatId: userId, text: "/subscribe" });
      await eventually(async () => (await broadcasts().subscribers.query()).total === STRANGERS.length + 2, 15_000);

      const input = { text: TEXT, recipients: { customers: true as const } };
      const sent = await callApi(server).notifications.broadcast.mutate(input);
      await sandbox.until(() => called().length >= KILL_AT, 20_000);
      await server.kill();
      await server.restart();
      await sandbox.until(() => called().length >= PAUSE_AT, 20_000);
      await broadcasts().pause.mutate({ id: sent.id });
      sandbox.telegram.sendAsUser({ userId: leaving, chatId: leaving, text: "/stop" });
      await eventually(async () => (await broadcasts().subscribers.query()).total === STRANGERS.length + 1, 15_000);
      await server.kill();
      await server.restart(FAST);
      expect((await broadcasts().get.query({ id: sent.id })).state).toBe("paused");
      await broadcasts().resume.mutate({ id: sent.id });
      await eventually(async () => (await countsOf(sent)).pending === 0, 30_000);

      const calls = called();
      expect(new Set(calls).size).toBe(calls.length);
      expect(calls).not.toContain(leaving);
      const { unknown, skipped, failed, sent: reached } = await countsOf(sent);
      expect(unknown + skipped + failed + reached).toBe(STRANGERS.length + 2);
      expect(skipped).toBe(1);
      expect(unknown).toBeLessThanOrEqual(2 * MAX_UNKNOWN);
      expect(calls.length).toBeGreaterThanOrEqual(failed + reached);
      const world = sandbox.world().privateChats.find(({ userId }) => userId === staying);
      expect(world?.messages.filter(({ text }) => text.startsWith(TEXT))).toHaveLength(reached);
    } finally {
      await server.stop();
    }
  });
});
