import { startDataCentre } from "@pult/sandbox/mtproto/testing.ts";
import { describe, expect, test, vi } from "vitest";
import { ADMIN_KEY } from "../support/installation.ts";
import { nodePair } from "../support/matrix.ts";
import { openTwoNodes, type TwoNodes } from "../support/two-nodes.ts";

const PHONE = "79990001122";
const OUTGOING = 24;
/** Messages that come before each that is sent. */
const BURST = 5;
const INCOMING = OUTGOING * BURST;
const WAIT = { timeout: 90_000, interval: 250 };

type DataCentre = Awaited<ReturnType<typeof startDataCentre>>;

describe.each(nodePair())("A linked account on two nodes, %s", (_name, runtimes) => {
  test("kill -9 of the node that holds it, cut connections and lost answers: each message once and in order, both ways", async () => {
    const telegram = await startDataCentre();
    const { accountId } = telegram.actions.createAccount({ firstName: "Shop", phone: PHONE });
    const { personId } = telegram.actions.createPerson({ firstName: "Ann", phone: "79990003344" });
    const nodes = await openTwoNodes({ runtimes, speed: 5, env: envOf(telegram) });
    try {
      const { actions } = telegram;
      const { chat } = actions.write({ from: personId, to: accountId, text: "in 0" });
      await link(nodes, telegram, accountId);
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
});

const numbered = (word: string, count: number): string[] => Array.from({ length: count }, (_, at) => `${word} ${at}`);

const envOf = ({ address, publicKeyPem }: DataCentre): Record<string, string> => ({
  ...{ TELEGRAM_API_ID: "1", TELEGRAM_API_HASH: "0".repeat(32), TELEGRAM_DC: address, TELEGRAM_DC_KEY: publicKeyPem },
  ...{ LIMIT_USER_PER_MINUTE: "0", LIMIT_SIGN_IN_PER_15_MIN: "0" },
});

interface Answer {
  sessionId?: string;
  data?: { text: string }[];
  pagination?: { hasMore: boolean; nextOffsetId?: string };
}

async function call(node: TwoNodes["a"], path: string, body?: object): Promise<{ status: number; json: Answer }> {
  const response = await fetch(`${node.origin}/api/telegram/${path}`, {
    headers: { Authorization: `Bearer ${ADMIN_KEY}`, "Content-Type": "application/json" },
    ...(body ? { method: "POST", body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, json: (await response.json()) as Answer };
}

/** Begun on one node, finished on the other. */
async function link({ a, b }: TwoNodes, { sandbox }: DataCentre, accountId: number): Promise<void> {
  const { sessionId } = (await call(a, "auth/init", {})).json;
  expect((await call(b, "auth/request-code", { sessionId, phoneNumber: PHONE })).status).toBe(200);
  const code = sandbox.world().mtproto.accounts.find(({ personId }) => personId === accountId)?.code;
  expect((await call(a, "auth/sign-in", { sessionId, code })).json).toMatchObject({ status: "AUTHORIZED" });
}

/** Oldest first, as REST pages them. */
async function textsAt(node: TwoNodes["a"], chatId: number): Promise<string[]> {
  const texts: string[] = [];
  for (let offsetId = ""; ; ) {
    const { status, json } = await call(node, `chats/${chatId}/messages?limit=100${offsetId}`);
    if (status !== 200) return texts;
    texts.push(...(json.data ?? []).map(({ text }) => text));
    if (!json.pagination?.hasMore) return texts.reverse();
    offsetId = `&offsetId=${json.pagination.nextOffsetId}`;
  }
}

/** A client that sends one after the other, to either node, and never gives one up: the same client id until it is acknowledged. */
async function sendAll({ a, b }: TwoNodes, chatId: number, disturb: (at: number) => Promise<void>): Promise<string[]> {
  const acknowledged: string[] = [];
  for (const [at, text] of numbered("out", OUTGOING).entries()) {
    await disturb(at);
    let tries = 0;
    await vi.waitFor(async () => {
      const { status } = await call(tries++ % 2 ? a : b, `chats/${chatId}/messages`, { text, clientId: text });
      expect([200, 201]).toContain(status);
    }, WAIT);
    acknowledged.push(text);
  }
  return acknowledged;
}
