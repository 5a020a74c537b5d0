/** The last task of each key that has not settled. */
const turns = new Map<string, Promise<unknown>>();

/**
 * Runs the tasks of one key one after another on this node: of several correct passwords sent at once, none counts as a guess, because each
 * is verified only after the previous one has settled.
 */
export async function serialize<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
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
