import { startDataCentre } from "@pult/sandbox/mtproto/testing.ts";
import { describe, expect, test, vi } from "vitest";
import { auditAccounts } from "../soak/audit.ts";
import { callRest, envOf, linkAccount, startLinkedAccounts, textsAt } from "../support/linked-accounts.ts";
import { nodePair } from "../support/matrix.ts";
import { openTwoNodes, type TwoNodes } from "../support/two-nodes.ts";

const PHONE = "79990001122";
const OUTGOING = 24;
/** Messages that come before each that is sent. */
const BURST = 5;
const INCOMING = OUTGOING * BURST;
const WAIT = { timeout: 90_000, interval: 250 };

describe.each(nodePair())("A linked account on two nodes, %s", (_name, runtimes) => {
  test("kill -9 of the node that holds it, cut connections and lost answers: each message once and in order, both ways", async () => {
    const telegram = await startDataCentre();
    const { accountId } = telegram.actions.createAccount({ firstName: "Shop", phone: PHONE });
    const { personId } = telegram.actions.createPerson({ firstName: "Ann", phone: "79990003344" });
    const nodes = await openTwoNodes({ runtimes, speed: 5, env: envOf(telegram) });
    try {
      const { actions } = telegram;
      const { chat } = actions.write({ from: personId, to: accountId, text: "in 0" });
      await linkAccount([nodes.a, nodes.b], telegram, { phone: PHONE, personId: accountId });
      await vi.waitFor(async () => expect(await textsAt(nodes.b, personId)).toEqual(["in 0"]), WAIT);

      const acknowledged = await sendAll(nodes, personId, async (at) => {
        for (let one = 1; one <= BURST; one++)
          actions.write({ from: personId, to: accountId, text: `in ${at * BURST + one}` });
        if (at % 8 === 7) actions.connections("drop");
        if (at % 5 === 4)
          actions.plan({ kind: "drop", when: at % 2 ? "before" : "after", method: "messages.sendMessage" });
        if (at === OUTGOING / 2) await nodes.a.kill();
      });
      await nodes.a.restart();
      expect(acknowledged).toEqual(numbered("out", OUTGOING));

      const newest = actions.viewChat(chat).messages.map(({ text }) => text);
      for (const node of [nodes.a, nodes.b]) {
        const texts = await vi.waitFor(async () => {
          const stored = await textsAt(node, personId);
          expect(stored.slice(-newest.length)).toEqual(newest);
          return stored;
        }, WAIT);
        expect(texts.filter((text) => text.startsWith("in "))).toEqual(numbered("in", INCOMING + 1));
        expect(texts.filter((text) => text.startsWith("out "))).toEqual(numbered("out", OUTGOING));
      }
    } finally {
      await nodes.stop();
      await telegram.close();
    }
  });

  test("kill -9 of each node and cut connections under twenty accounts: every message stored and told once and in order", async () => {
    const telegram = await startDataCentre();
    const nodes = await openTwoNodes({ runtimes, speed: 5, env: envOf(telegram) });
    const pair = [nodes.a, nodes.b] as const;
    const traffic = await startLinkedAccounts({ telegram, nodes: pair, lines: pair, accounts: 20, everyMs: 60 });
    try {
      for (const node of pair) {
        await traffic.more(200);
        telegram.actions.connections("drop");
        await traffic.more(200);
        await node.kill();
        await traffic.more(200);
        await node.restart();
      }
      const { sent, problems, ...report } = await traffic.finish(90_000);
      expect(problems).toEqual([]);
      expect(report).toMatchObject({ lost: 0, repeated: 0, disordered: 0 });
      expect(sent).toBeGreaterThanOrEqual(1_200);
      expect(await auditAccounts(nodes.b, traffic.chats, traffic.checker.acknowledged())).toEqual([]);
    } finally {
      traffic.close();
      await nodes.stop();
      await telegram.close();
    }
  });
});

const numbered = (word: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${word} ${at}`);

/** A client that sends one after the other, to either node, and never gives one up: the same client id until it is acknowledged. */
async function sendAll({ a, b }: TwoNodes, chatId: number, disturb: (at: number) => Promise<void>): Promise<string[]> {
  const acknowledged: string[] = [];
  for (const [at, text] of numbered("out", OUTGOING).entries()) {
    await disturb(at);
    let tries = 0;
    await vi.waitFor(async () => {
      const { status } = await callRest(tries++ % 2 ? a : b, `chats/${chatId}/messages`, { text, clientId: text });
      expect([200, 201]).toContain(status);
    }, WAIT);
    acknowledged.push(text);
  }
  return acknowledged;
}
