import { ADMIN_KEY } from "../support/installation.ts";
import { readNumber } from "../support/ledger.ts";
import { connectApi } from "../support/trpc-client.ts";

/**
 * Reads every conversation to its beginning: what was acknowledged is stored once and in order, also what readers were told as a snapshot.
 * @returns what is not so
 */
export async function auditStored(
  origin: string,
  users: readonly string[],
  acknowledged: ReadonlyMap<string, number>,
): Promise<string[]> {
  const { api, close } = connectApi(origin, ADMIN_KEY);
  try {
    const stored = new Map<string, number[]>();
    for (const userId of users) {
      for (const text of await textsOf(api, userId)) {
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
  } finally {
    await close();
  }
}

/** Oldest first. */
async function textsOf(api: ReturnType<typeof connectApi>["api"], userId: string): Promise<string[]> {
  const texts: string[] = [];
  for (let beforeId: number | undefined; ; ) {
    const page = await api.support.history.query({
      userId,
      limit: 200,
      ...(beforeId === undefined ? {} : { beforeId }),
    });
    texts.unshift(...page.messages.map(({ text }) => text));
    beforeId = page.messages[0]?.id;
    if (!page.hasMore || beforeId === undefined) return texts;
  }
}
