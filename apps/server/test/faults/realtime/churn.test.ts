import { describe, expect, test } from "vitest";
import type { Peer } from "../../support/calls.ts";
import { Checker, conversationLog, customerLog } from "../../support/checker.ts";
import { beginConversation } from "../../support/desk.ts";
import { ADMIN_KEY } from "../../support/installation.ts";
import { OffsetLedger } from "../../support/ledger.ts";
import { mainCell } from "../../support/matrix.ts";
import { postAsCustomer } from "../../support/numbered-writer.ts";
import { type Message, openRawAs, stopOf } from "../../support/raw-socket.ts";
import { connectApi } from "../../support/trpc-client.ts";
import { useServer } from "../../support/use-server.ts";
import { openWatched } from "../../support/watched-server.ts";

const USER = "churn";
const CHURNERS = 20;
const MESSAGES = 150;

/** Subscribes and unsubscribes one topic, now politely, now by hanging up. @returns what was wrong with what it got */
async function churn(server: Peer, conversationId: number, stop: AbortSignal): Promise<string[]> {
  const problems: string[] = [];
  let cycles = 0;
  while (!stop.aborted) {
    const raw = await openRawAs(server, ADMIN_KEY);
    for (let id = 1; id <= 10 && !stop.aborted; id++) {
      cycles += 1;
      await raw.follow(id, "support.onConversation", { conversationId });
      if (id % 3 === 0) continue;
      raw.send(stopOf(id));
      await raw.messages.first((message) => message.id === id && message.result?.type === "stopped");
    }
    problems.push(...problemsOf(raw.messages.all));
    if (cycles % 20 === 0) raw.socket.terminate();
    else raw.socket.close();
  }
  return problems;
}

/** Each subscription by itself: a position, then every offset once, and nothing after it was stopped. */
function problemsOf(messages: readonly Message[]): string[] {
  const ledgers = new Map<unknown, OffsetLedger>();
  const stopped = new Set<unknown>();
  return messages.flatMap(({ id, result }) => {
    if (result?.type === "stopped") stopped.add(id);
    const at = result?.data?.id;
    // A heartbeat has none of its own.
    if (result?.type !== "data" || at === undefined) return [];
    const ledger = ledgers.get(id) ?? new OffsetLedger();
    ledgers.set(id, ledger);
    if (result.data?.data?.type === "position") ledger.position(at);
    else ledger.event(at);
    return [...ledger.problems.splice(0), ...(stopped.has(id) ? [`${at} came to ${id}, which was stopped`] : [])];
  });
}

describe.each(mainCell())("Churn on %s", (_name, cell) => {
  const server = useServer(() => openWatched(cell));

  test(`${CHURNERS} sockets subscribe and unsubscribe one topic while it is busy: steady readers see no gap, nor do they`, async () => {
    const conversationId = await beginConversation(server, USER);
    const { api, close } = connectApi(server, ADMIN_KEY);
    const checker = new Checker();
    const subscribe = conversationLog(api, conversationId);
    const steady = [
      checker.reader({ name: "followed", topic: "agents", subscribe, writers: [USER] }),
      checker.reader({ name: "stock", topic: "agents", subscribe, writers: [USER], via: "stock" }),
      checker.reader({ name: "customer", topic: "his", subscribe: customerLog(api, USER), writers: [USER] }),
    ];
    await Promise.all(steady.map((reader) => reader.live()));
    const stop = new AbortController();
    const churners = Array.from({ length: CHURNERS }, () => churn(server, conversationId, stop.signal));
    const writer = checker.writer({
      name: USER,
      post: (message) => postAsCustomer(server, USER, message),
    });
    for (let n = 0; n < MESSAGES; n++) await writer.write();
    const report = await checker.settle();
    stop.abort();
    expect((await Promise.all(churners)).flat()).toEqual([]);
    expect(report).toMatchObject({ sent: MESSAGES, delivered: MESSAGES * 3, problems: [] });
    expect(report).toMatchObject({ lost: 0, repeated: 0, disordered: 0, recoveredFalse: 0 });
    await server.canary();
    checker.stop();
    await close();
  });
});
