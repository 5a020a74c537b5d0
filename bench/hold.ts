import type { Report } from "./hold/client.ts";
import { show, startCustomers, startNode, wait } from "./hold/nodes.ts";
import { preciseNow } from "./hold/topics.ts";
import { argument, freshDatabase, services, temporaryDirectory } from "./setup.ts";

/**
 * Ten thousand authenticated sockets on one node, each following a status (1 a second), a price (2 a second) and a log (1 a second, stored
 * first). Then all are cut at once and come back. `--sockets=N`, `--seconds=N`, `--json`. Limits per address are lifted.
 */
const sockets = argument("sockets", 10_000);
const seconds = argument("seconds", 20);

interface Figures {
  cpuMicros: number;
  rss: number;
  reads: number;
}

const { TEST_DATABASE_URL: url } = await services();
const server = startNode({
  DATA_DIR: temporaryDirectory(),
  ...(url ? { DATABASE_URL: await freshDatabase(url) } : {}),
});
const client = startCustomers();
try {
  await run();
} finally {
  await Promise.all([client.end(), server.end()]);
}

async function run(): Promise<void> {
  const { port } = await server.answer<{ port: number }>();
  const figures = () => server.ask<Figures>({ do: "figures" });
  const empty = await figures();
  const openedAt = performance.now();
  await client.ask({ do: "open", port, sockets, firstId: 1 });
  const openMs = performance.now() - openedAt;
  await server.ask({ do: "publish", startAt: preciseNow() + 1_000 });
  await wait(3);
  await client.ask({ do: "reset" });
  const before = await figures();
  const startedAt = performance.now();
  await wait(seconds);
  const after = await figures();
  const held = await client.ask<Report>({ do: "report" });
  const elapsed = (performance.now() - startedAt) / 1_000;
  const { backMs } = await client.ask<{ backMs: number }>({ do: "cutAll" });
  const back = await figures();
  await wait(3);
  const { gaps, repeats, unexpectedCloses, notRecovered } = await client.ask<Report>({ do: "report" });
  await server.ask({ do: "stop" });
  show(held, {
    sockets,
    openSeconds: openMs / 1_000,
    deliveriesPerSecond: Object.values(held.delays).flat().length / elapsed,
    gaps,
    repeats,
    unexpectedCloses,
    cpuPercentOfCore: ((after.cpuMicros - before.cpuMicros) / 1e6 / elapsed) * 100,
    rssMb: after.rss / 1024 / 1024,
    kbPerConnection: (after.rss - empty.rss) / 1024 / sockets,
    backSeconds: backMs / 1_000,
    recovered: sockets - notRecovered,
    databaseReads: back.reads - after.reads,
  });
}
