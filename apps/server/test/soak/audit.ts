import type { Peer } from "../support/calls.ts";
import { readNumber } from "../support/ledger.ts";
import { callApi } from "../support/trpc-client.ts";

/**
 * Reads every conversation to its beginning: what was acknowledged is stored once and in order, also what readers were told as a snapshot.
 * @returns what is not so
 */
export async function auditStored(
  server: Peer,
  users: readonly string[],
  acknowledged: ReadonlyMap<string, number>,
): Promise<string[]> {
  const stored = new Map<string, number[]>();
  for (const userId of users) {
    for (const text of await textsOf(server, userId)) {
      const numbered = readNumber(text);
      if (numbered) stored.set(numbered.writer, [...(stored.get(numbered.writer) ?? []), numbered.number]);
    }
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
