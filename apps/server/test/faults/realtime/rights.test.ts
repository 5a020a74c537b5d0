import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { call, sendMessage } from "../../support/calls.ts";
import { ADMIN_KEY, type Installation, openInstallation } from "../../support/installation.ts";
import { mainCell } from "../../support/matrix.ts";
import { openRaw, openRawAs } from "../../support/raw-socket.ts";
import { signInDemoAgent } from "../../support/trpc-client.ts";

const FOLLOW = { id: 1, method: "subscription", params: { path: "support.onInbox", input: {} } };
const ME = { id: 2, method: "query", params: { path: "auth.me" } };

describe.each(mainCell())("Rights of an open socket on %s", (_name, cell) => {
  let installation: Installation;
  let origin: string;
  beforeAll(async () => {
    installation = await openInstallation({ ...cell, demo: true });
    origin = installation.server.origin;
  });
  afterAll(() => installation?.close());

  test("signing out closes the session's sockets 1008 within a second, and nothing arrives after; other sessions stay", async () => {
    const [leaving, staying] = [await signInDemoAgent(installation), await signInDemoAgent(installation)];
    const gone = await Promise.all([openRawAs(origin, leaving), openRawAs(origin, leaving)]);
    const kept = await openRawAs(origin, staying);
    for (const raw of [...gone, kept]) {
      raw.send(FOLLOW);
      await raw.messages.first(({ result }) => result?.type === "data");
    }
    const headers = { cookie: `pult_session=${leaving}`, origin };
    const started = performance.now();
    expect((await call(origin, "/trpc/auth.signOut", { headers, json: {} })).status).toBe(200);
    for (const raw of gone) expect((await raw.closed).code).toBe(1008);
    expect(performance.now() - started).toBeLessThan(1_000);
    await sendMessage(origin, { user_id: "rights", message: "after" }, { token: ADMIN_KEY });
    await kept.messages.first((message) => JSON.stringify(message).includes('"after"'));
    for (const { messages } of gone) expect(JSON.stringify(messages.all)).not.toContain('"after"');
    const again = await openRawAs(origin, leaving);
    again.send(ME);
    expect((await again.closed).code).toBe(1008);
    kept.socket.close();
  });

  test("a cookie opens a socket for our own page alone: without an Origin it is not read, with a foreign one the socket is refused", async () => {
    const cookie = `pult_session=${await signInDemoAgent(installation)}`;
    const own = await openRaw(origin, { headers: { cookie, origin } });
    own.send(ME);
    expect((await own.answer(2)).result?.data).toMatchObject({ kind: "agent" });
    own.socket.close();
    const absent = await openRaw(origin, { headers: { cookie } });
    absent.send(ME);
    expect((await absent.answer(2)).error?.data.code).toBe("UNAUTHORIZED");
    absent.socket.close();
    await expect(openRaw(origin, { headers: { cookie, origin: "https://evil.example" } })).rejects.toThrow("403");
  });
});
