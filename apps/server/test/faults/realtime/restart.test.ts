import { once } from "node:events";
import { connect } from "node:net";
import { describe, expect, test } from "vitest";
import { startDesk } from "../../support/desk.ts";
import { ADMIN_KEY } from "../../support/installation.ts";
import { mainCell } from "../../support/matrix.ts";
import { problemsIn } from "../../support/process-stats.ts";
import { upgradeRequest } from "../../support/raw-frames.ts";
import { openRawAs } from "../../support/raw-socket.ts";
import { READERS_OF_EACH, startTraffic } from "../../support/traffic.ts";

const USERS = ["restart-1", "restart-2"];
const SIGNALS = ["SIGKILL", "SIGTERM", "SIGKILL"] as const;

describe.each(mainCell())("Restarts during traffic on %s", (_name, cell) => {
  test("kill -9 and SIGTERM: every acknowledged message reaches every reader once and in order, with the same clients", async () => {
    const server = await startDesk(cell);
    const traffic = await startTraffic({
      lines: [{ server, users: USERS }],
      postTo: () => server,
      everyMs: 10,
    });
    try {
      for (const signal of SIGNALS) {
        const raw = await openRawAs(server, ADMIN_KEY);
        await raw.ask();
        await traffic.more(40);
        server.signal(signal);
        const code = await server.exited();
        if (signal === "SIGTERM") {
          expect(code).toBe(0);
          expect(raw.messages.all.filter(({ method }) => method === "reconnect")).toHaveLength(1);
          expect((await raw.closed).code).toBe(1012);
        }
        await server.restart();
        await traffic.more(40);
      }
      const report = await traffic.finish();
      expect(report).toMatchObject({ lost: 0, repeated: 0, disordered: 0, recoveredFalse: 0, problems: [] });
      expect(report.sent).toBeGreaterThanOrEqual(80 * SIGNALS.length);
      expect(report.delivered).toBe(report.sent * READERS_OF_EACH);
      expect(report.resumed).toBeGreaterThan(0);
      expect(problemsIn(server.logs())).toEqual([]);
    } finally {
      traffic.close();
      await server.stop();
    }
  });

  test("SIGTERM: an upgrade that was begun before is refused or closed 1012 when it ends after, and holds nothing up", async () => {
    const server = await startDesk(cell);
    try {
      const raw = await openRawAs(server, ADMIN_KEY);
      await raw.ask();
      const late = connect(server.port, "127.0.0.1");
      late.on("error", () => {});
      const request = upgradeRequest("/trpc", { authorization: `Bearer ${ADMIN_KEY}` });
      await once(late, "connect");
      late.write(request.slice(0, 40));
      await fetch(`${server.origin}/health`).then((answer) => answer.text());
      server.signal("SIGTERM");
      const stoppedAt = performance.now();
      expect((await raw.closed).code).toBe(1012);
      late.write(request.slice(40));
      late.resume();
      expect(await server.exited()).toBe(0);
      expect(performance.now() - stoppedAt).toBeLessThan(30_000);
    } finally {
      await server.stop();
    }
  });
});
