import { describe, expect, test } from "vitest";
import { sendMessage, writtenBy } from "../support/calls.ts";
import { connectChat } from "../support/chat-socket.ts";
import { ADMIN_KEY, openInstallation } from "../support/installation.ts";
import { bothRuntimes } from "../support/matrix.ts";
import { openRawAs } from "../support/raw-socket.ts";

const SENDERS = 6;

describe.each(bothRuntimes())("SIGTERM under load on %s", (_name, cell) => {
  test("every acknowledged send is stored, sockets are told to come back and closed 1012, the exit code is 0", async () => {
    const server = await openInstallation({ ...cell, legacyAuth: "open" });
    try {
      const raw = await openRawAs(server, ADMIN_KEY);
      await raw.follow(1);
      const chat = connectChat(server);
      await chat.join("term-0");

      const acknowledged = new Map<string, string[]>();
      let total = 0;
      let stoppedAt = 0;
      const senders = Array.from({ length: SENDERS }, async (_, at) => {
        const userId = `term-${at}`;
        const mine: string[] = [];
        acknowledged.set(userId, mine);
        for (let n = 0; ; n++) {
          const answer = await sendMessage(server, { user_id: userId, message: `${n}` }).catch(() => null);
          if (answer?.status !== 200) return;
          mine.push(`${n}`);
          total += 1;
          if (total !== 60) continue;
          stoppedAt = performance.now();
          server.signal("SIGTERM");
        }
      });
      expect(await server.exited()).toBe(0);
      expect(performance.now() - stoppedAt).toBeLessThan(30_000);
      await Promise.all(senders);

      expect(raw.messages.all.filter(({ method }) => method === "reconnect")).toHaveLength(1);
      expect((await raw.closed).code).toBe(1012);
      expect((await chat.events.first(({ name }) => name === "disconnect")).name).toBe("disconnect");
      expect(server.logs()).not.toMatch(/"level":"(error|fatal)"/);

      await server.restart();
      expect(total).toBeGreaterThanOrEqual(60);
      for (const [userId, texts] of acknowledged) {
        const stored = await writtenBy(server, userId);
        expect(stored.slice(0, texts.length)).toEqual(texts);
        // One more may have been stored without its answer having arrived.
        expect(stored.length - texts.length).toBeLessThanOrEqual(1);
      }
    } finally {
      await server.stop();
    }
  });
});
