import { describe, expect, test } from "vitest";
import { call, sendMessage } from "../../support/calls.ts";
import { ADMIN_KEY, openInstallation } from "../../support/installation.ts";
import { mainCell } from "../../support/matrix.ts";
import { openRawAs, query } from "../../support/raw-socket.ts";
import { signInAt } from "../../support/trpc-client.ts";
import { useServer } from "../../support/use-server.ts";

describe.each(mainCell())("Rights of an open socket on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, demo: true }));

  test("signing out closes the session's sockets 1008 within a second, and nothing arrives after; other sessions stay", async () => {
    const [leaving, staying] = [await signInAt(server), await signInAt(server)];
    const gone = await Promise.all([openRawAs(server, leaving), openRawAs(server, leaving)]);
    const kept = await openRawAs(server, staying);
    for (const raw of [...gone, kept]) await raw.follow(1);
    const headers = { cookie: `pult_session=${leaving}`, origin: server.origin };
    const started = performance.now();
    expect((await call(server, "/trpc/auth.signOut", { headers, json: {} })).status).toBe(200);
    for (const raw of gone) expect((await raw.closed).code).toBe(1008);
    expect(performance.now() - started).toBeLessThan(1_000);
    await sendMessage(server, { user_id: "rights", message: "after" }, { token: ADMIN_KEY });
    await kept.messages.first((message) => JSON.stringify(message).includes('"after"'));
    for (const { messages } of gone) expect(JSON.stringify(messages.all)).not.toContain('"after"');
    const again = await openRawAs(server, leaving);
    again.send(query(2));
    expect((await again.closed).code).toBe(1008);
    kept.socket.close();
  });
});
