import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { sendMessage } from "../support/calls.ts";
import { beginConversation } from "../support/desk.ts";
import { ADMIN_KEY, type Installation, openInstallation } from "../support/installation.ts";
import { bothDatabases } from "../support/matrix.ts";
import { callApi, signInAt } from "../support/trpc-client.ts";

const KILLS = 3;

describe.each(bothDatabases())("Notices and kill -9 on %s", (_name, cell) => {
  let server: Installation;
  beforeAll(async () => {
    server = await openInstallation({ ...cell, speed: 5, demo: true });
  });
  afterAll(() => server.stop());

  test("what was acknowledged is told of after a kill, and pushed at least once under one collapse key", async () => {
    const { sandbox } = server;
    const token = await signInAt(server);
    const notifications = () => callApi(server, token).notifications;
    const device = sandbox.push.createDevice({ kind: "fcm", label: "Phone", userId: "agent" });
    if (device.kind !== "fcm") throw new Error("Not an FCM device");
    await notifications().preferences.set.mutate({ batchSeconds: 0 });
    await notifications().push.subscribe.mutate({ target: { provider: "fcm", token: device.token } });
    const conversationId = await beginConversation(server, "killed");
    const { id: assigneeId } = await callApi(server, token).auth.me.query();
    await callApi(server).support.assign.mutate({ conversationId, assigneeId });
    for (let kill = 1; kill <= KILLS; kill++) {
      const sent = await sendMessage(server, { user_id: "killed", message: `message ${kill}` }, { token: ADMIN_KEY });
      expect(sent.status).toBe(200);
      await server.kill();
      await server.restart();
      const { notices, counts } = await notifications().inbox.list.query({ state: "unread" });
      expect(notices.find(({ kind }) => kind === "support.message")).toMatchObject({
        count: kill,
        body: `message ${kill}`,
      });
      expect(counts.unread).toBe(notices.length);
      const mine = () => sandbox.world().pushes.filter(({ deviceId }) => deviceId === device.id);
      await sandbox.until(() => mine().some(({ body }) => body === `message ${kill}`), 30_000);
    }
    const { deliveries } = await notifications().deliveries.list.query({ state: "failed" });
    expect(deliveries).toEqual([]);
  });
});
