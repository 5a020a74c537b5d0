import type { Peer } from "../support/calls.ts";
import { readNumber } from "../support/ledger.ts";
import { callApi } from "../support/trpc-client.ts";

/**
 * Reads every conversation to its beginning: what was acknowledged is stored once and in order, also what readers were told as a snapshot.
 * @returns what is not so
 */
export async function auditMessages(
  server: Peer,
  users: readonly string[],
  acknowledged: ReadonlyMap<string, number>,
): Promise<string[]> {
  const texts: string[] = [];
  for (const userId of users) texts.push(...(await textsOf(server, userId)));
  return compare(texts, acknowledged);
}

/** Reads every event of Instagram, as `auditMessages` does. */
export async function auditEvents(server: Peer, acknowledged: ReadonlyMap<string, number>): Promise<string[]> {
  const texts: string[] = [];
  for (let before: number | undefined; ; ) {
    const page = await callApi(server).notifications.events.list.query({ limit: 200, before });
    texts.push(...page.events.map(({ event }) => event.content));
    if (page.nextBefore === null) return compare(texts.reverse(), acknowledged);
    before = page.nextBefore;
  }
}

/** @param texts oldest first */
function compare(texts: readonly string[], acknowledged: ReadonlyMap<string, number>): string[] {
  const stored = new Map<string, number[]>([...acknowledged.keys()].map((writer) => [writer, []]));
  for (const text of texts) {
    const numbered = readNumber(text);
    if (numbered) stored.get(numbered.writer)?.push(numbered.number);
  }
  return [...acknowledged].flatMap(([writer, count]) => {
    const numbers = stored.get(writer) ?? [];
    const wrong = numbers.findIndex((number, at) => number !== at + 1);
    if (wrong >= 0) return [`${writer} #${numbers[wrong]} is stored where #${wrong + 1} should be`];
    return numbers.length === count ? [] : [`${writer} has ${numbers.length} messages stored of ${count}`];
  });
}

/** Oldest first. */
async function textsOf(server: Peer, userId: string): Promise<string[]> {
  const texts: string[] = [];
  for (let beforeId: number | undefined; ; ) {
    const page = await callApi(server).support.history.query({ userId, limit: 200, beforeId });
    texts.unshift(...page.messages.map(({ text }) => text));
    beforeId = page.messages[0]?.id;
    if (!page.hasMore || beforeId === undefined) return texts;
  }
}
