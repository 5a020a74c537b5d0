const underWay = new Map<string, Promise<unknown>>();

/**
 * Makes calls about one thing one after another, in the order of the clicks: what was asked for last is what stays.
 * @returns the answer, and whether nothing else was asked for meanwhile
 */
export async function inOrder<Answer>(
  thing: string,
  call: () => Promise<Answer>,
): Promise<{ answer: Answer; isLast: boolean }> {
  const turn = Promise.allSettled([underWay.get(thing)]).then(call);
  underWay.set(thing, turn);
  const isLast = () => underWay.get(thing) === turn;
  try {
    return { answer: await turn, isLast: isLast() };
  } finally {
    if (isLast()) underWay.delete(thing);
  }
}
