const underWay = new Map<string, Promise<unknown>>();

/** Makes calls about one thing one after another, in the order of the clicks: what was asked for last is what stays. */
export async function inOrder<Answer>(thing: string, call: () => Promise<Answer>): Promise<Answer> {
  const turn = Promise.allSettled([underWay.get(thing)]).then(call);
  underWay.set(thing, turn);
  try {
    return await turn;
  } finally {
    if (underWay.get(thing) === turn) underWay.delete(thing);
  }
}
