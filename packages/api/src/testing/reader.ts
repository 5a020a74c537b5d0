/** Reads a stream step by step, and ends it. */
export interface Reader<Item> {
  next(): Promise<Item>;
  take(count: number): Promise<Item[]>;
  /** Aborts the signal. @returns what still came before the end */
  stop(): Promise<Item[]>;
}

type Opening<Item> = Promise<AsyncIterable<Item>> | AsyncIterable<Item>;

/** Opens a stream that ends with a signal. */
export function readerOf<Item>(open: (signal: AbortSignal) => Opening<Item>): Reader<Item> {
  const controller = new AbortController();
  const items = (async function* () {
    yield* await open(controller.signal);
  })();
  async function next(): Promise<Item> {
    const { value, done } = await items.next();
    if (done) throw new Error("The stream has ended");
    return value;
  }
  return {
    next,
    async take(count) {
      const taken: Item[] = [];
      while (taken.length < count) taken.push(await next());
      return taken;
    },
    async stop() {
      controller.abort();
      const rest: Item[] = [];
      for (let step = await items.next(); !step.done; step = await items.next()) rest.push(step.value);
      return rest;
    },
  };
}

/** The first item of a stream, which is then left; null when it ends without one. */
export async function firstOf<Item>(opening: Opening<Item>): Promise<Item | null> {
  for await (const item of await opening) return item;
  return null;
}
