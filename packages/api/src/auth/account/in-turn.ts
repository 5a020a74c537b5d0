/** The last work of each name that has not ended yet. */
const turns = new Map<string, Promise<unknown>>();

/**
 * Does what has one name one after another on this node: of several right passwords shown at once none is taken for a guess, because each
 * is looked at when it is known how the one before it ended.
 */
export async function inTurn<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
  const before = turns.get(name);
  const mine = (async () => {
    await before?.catch(() => {});
    return work();
  })();
  turns.set(name, mine);
  try {
    return await mine;
  } finally {
    if (turns.get(name) === mine) turns.delete(name);
  }
}
