import { describe, expect, test } from "vitest";
import { type Peer, sendMessage, writtenBy } from "../support/calls.ts";
import { type Installation, openInstallation } from "../support/installation.ts";
import { countdown } from "../support/mailbox.ts";
import { bothDatabases } from "../support/matrix.ts";
import { textsOf } from "../support/support-group.ts";

const KILLS = 3;
const SENDERS = 4;

/** A client that sends one message after the other and never gives one up: the same client_id until it is acknowledged. */
class Sender {
  readonly userId: string;
  readonly acknowledged: string[] = [];
  #next = 1;

  constructor(userId: string) {
    this.userId = userId;
  }

  /** Sends until the server is gone. */
  async run(server: Peer, onAcknowledged: () => void): Promise<void> {
    for (;;) {
      const message = `${this.userId} ${this.#next}`;
      const body = { user_id: this.userId, user_name: this.userId, message, client_id: `c${this.#next}` };
      const answer = await sendMessage(server, body).catch(() => null);
      if (!answer) return;
      expect([answer.status, answer.text]).toEqual([200, expect.stringContaining('"success":true')]);
      this.acknowledged.push(message);
      this.#next += 1;
      onAcknowledged();
    }
  }
}

async function killDuringBurst(server: Installation, senders: Sender[]): Promise<number> {
  const killAfter = 1 + Math.floor(Math.random() * 80);
  const counter = countdown();
  const reached = counter.more(killAfter);
  const running = senders.map((sender) => sender.run(server, counter.step));
  await reached;
  await server.kill();
  await Promise.all(running);
  return killAfter;
}

describe.each(bothDatabases())("kill -9 on %s", (_name, cell) => {
  test("during a burst, at random points: what was acknowledged is there once and in order, and reaches the group", async () => {
    const server = await openInstallation({ ...cell, speed: 5, legacyAuth: "open" });
    try {
      const senders = Array.from({ length: SENDERS }, (_, at) => new Sender(`kill-${at}`));
      const killedAfter: number[] = [];
      for (let kill = 0; kill < KILLS; kill++) {
        killedAfter.push(await killDuringBurst(server, senders));
        await server.restart();
        for (const { userId, acknowledged } of senders) {
          const stored = await writtenBy(server, userId);
          const newest = acknowledged.slice(-200);
          // One more may have been stored without its answer having arrived.
          const expected = stored.at(-1) === newest.at(-1) ? newest : [...newest, stored.at(-1)].slice(-200);
          expect(stored, `killed after ${killedAfter} acknowledged sends`).toEqual(expected);
          expect(stored.length).toBeLessThanOrEqual(acknowledged.length + 1);
        }
      }
      for (const { userId, acknowledged } of senders) await expectInGroup(server.sandbox, userId, acknowledged);
    } finally {
      await server.stop();
    }
  });
});

/** Every message in order. The call under way at a kill may have been made twice: a message side by side, or a second topic. */
async function expectInGroup(sandbox: Installation["sandbox"], userId: string, acknowledged: string[]): Promise<void> {
  const topics = () => sandbox.world().group.topics.filter(({ name }) => name === userId);
  const texts = () =>
    topics()
      .flatMap(({ threadId }) => textsOf(sandbox, threadId))
      .filter((text) => text.startsWith(`${userId} `));
  await sandbox.until(() => texts().includes(acknowledged.at(-1) ?? ""), 40_000);
  const once = texts().filter((text, at, all) => text !== all[at - 1]);
  expect(once.slice(0, acknowledged.length)).toEqual(acknowledged);
  expect(texts().length - once.length + topics().length - 1).toBeLessThanOrEqual(KILLS);
}
