import { describe, expect, test } from "vitest";
import { sendMessage } from "../../support/calls.ts";
import { ADMIN_KEY, openInstallation } from "../../support/installation.ts";
import { mainCell } from "../../support/matrix.ts";
import { openRawAs, query } from "../../support/raw-socket.ts";
import { callApi, demoAgentOf, signInAt } from "../../support/trpc-client.ts";
import { useServer } from "../../support/use-server.ts";

describe.each(mainCell())("Rights of an open socket on %s", (_name, cell) => {
  const server = useServer(() => openInstallation({ ...cell, demo: true }));
  const signOut = ({ leaving }: { leaving: string }) => callApi(server, leaving).auth.signOut.mutate();
  const changePassword = ({ staying }: { staying: string }) => {
    const { password } = demoAgentOf(server);
    return callApi(server, staying).auth.password.change.mutate({ current: password, next: "another horse entirely" });
  };

  test.each([
    ["signing out", signOut],
    ["a password change in another session", changePassword],
  ])("%s closes the session's sockets 1008 within a second; nothing arrives after, others stay", async (_what, end) => {
    const [leaving, staying] = [await signInAt(server), await signInAt(server)];
    const gone = await Promise.all([openRawAs(server, leaving), openRawAs(server, leaving)]);
    const kept = await openRawAs(server, staying);
    for (const raw of [...gone, kept]) await raw.follow(1);
    await end({ leaving, staying });
    // Hashing a password may take longer.
    const ended = performance.now();
    for (const raw of gone) expect((await raw.closed).code).toBe(1008);
    expect(performance.now() - ended).toBeLessThan(1_000);
    const words = crypto.randomUUID();
    await sendMessage(server, { user_id: "rights", message: words }, { token: ADMIN_KEY });
    await kept.messages.first((message) => JSON.stringify(message).includes(words));
    for (const { messages } of gone) expect(JSON.stringify(messages.all)).not.toContain(words);
    const again = await openRawAs(server, leaving);
    again.send(query(2));
    expect((await again.closed).code).toBe(1008);
    kept.socket.close();
  });
});
