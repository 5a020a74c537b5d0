import type { Peer } from "../support/calls.ts";
import { readNumber, textOfTrade } from "../support/ledger.ts";
import { textsAt } from "../support/linked-accounts.ts";
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

/** Reads every chat of linked accounts, as `auditMessages` does. */
export async function auditAccounts(
  server: Peer,
  chats: readonly { accountId: string; chatId: number }[],
  acknowledged: ReadonlyMap<string, number>,
): Promise<string[]> {
  const texts: string[] = [];
  for (const { accountId, chatId } of chats) texts.push(...(await textsAt(server, chatId, accountId)));
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

/** Reads every trade of every room, as `auditMessages` does, and replays each room from its ledger. */
export async function auditRooms(server: Peer, acknowledged: ReadonlyMap<string, number>): Promise<string[]> {
  const { rooms, trades } = callApi(server).trading;
  const problems: string[] = [];
  const texts: string[] = [];
  for (const { id: roomId, name } of (await rooms.list.query({ limit: 100 })).rooms) {
    const { differences } = await rooms.verify.query({ roomId });
    problems.push(...differences.map((difference) => `${name} is not exact: ${JSON.stringify(difference)}`));
    const newestFirst: string[] = [];
    for (let cursor: string | null = null; ; ) {
      const page: Awaited<ReturnType<typeof trades.query>> = await trades.query({ roomId, cursor, limit: 200 });
      newestFirst.push(...page.trades.map(textOfTrade));
      cursor = page.nextCursor;
      if (cursor === null) break;
    }
    texts.push(...newestFirst.reverse());
  }
  return [...problems, ...compare(texts, acknowledged)];
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
