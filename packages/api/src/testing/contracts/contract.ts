import { type TestAPI, test } from "vitest";

export type ContractTest<Peer> = TestAPI<{ peer: Peer }>;

/** Tests of a contract. Each gets a fresh peer, which is disposed of after it where it can be. */
export const contractOf = <Peer extends Partial<AsyncDisposable>>(start: () => Promise<Peer>): ContractTest<Peer> =>
  test.extend<{ peer: Peer }>({
    peer: async ({ task: _ }, use) => {
      const peer = await start();
      await use(peer);
      await peer[Symbol.asyncDispose]?.();
    },
  });
