import { type TestAPI, test } from "vitest";

export type ContractTest<Peer> = TestAPI<{ peer: Peer }>;

/** Tests of a contract. Each gets a fresh peer, which is disposed of after it. */
export const contractOf = <Peer extends AsyncDisposable>(start: () => Promise<Peer>): ContractTest<Peer> =>
  test.extend<{ peer: Peer }>({
    peer: async ({ task: _ }, use) => {
      await using peer = await start();
      await use(peer);
    },
  });
