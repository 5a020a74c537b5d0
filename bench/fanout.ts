import type { PeerName } from "./fanout/peer.ts";
import { argument, json, median, startChild } from "./setup.ts";

/**
 * What one delivered message costs the server: CPU (user and system) per delivery and memory per connection, for the broadcaster under tRPC
 * (`broadcaster`) and under a raw-socket gateway (`raw`) and for its peers, in one run. `--json` prints an object a line, `--rounds=N` repeats each measurement (median), `--quick` leaves out
 * what needs 10,000 sockets.
 */
const quick = process.argv.includes("--quick");
const rounds = argument("rounds", 3);

interface Case {
  server: PeerName;
  sockets: number;
  /** Topics there are. */
  topics: number;
  /** How many of them each socket follows. */
  follows: number;
  /** Topics that fall due in one tick. */
  perTick: number;
}

interface Row extends Case {
  cpuMicrosPerDelivery: number;
  kbPerConnection: number;
  deliveries: number;
}

const DELIVERIES = 300_000;
/** Opened first, so that they use up what the start left behind; what as many more take is what a connection takes. */
const MEMORY_SOCKETS = 3_000;

const single = (server: PeerName, sockets = 1_000): Case => ({ server, sockets, topics: 1, follows: 1, perTick: 1 });
const peers: PeerName[] = ["broadcaster", "raw", "ws", "socket.io", "trpc"];
const ours: PeerName[] = ["broadcaster", "ws"];
const cases: Case[] = [
  ...peers.map((server) => single(server)),
  ...ours.map((server) => ({ ...single(server), topics: 3, follows: 3, perTick: 3 })),
  // A thousand topics with a hundred followers each.
  ...ours.map((server) => ({ ...single(server), topics: 1_000, follows: 100 })),
  ...(quick ? [] : ours.map((server) => single(server, 10_000))),
];

// What the machine does beside it changes with the minute, so peers are measured in turns and the median counts.
const costs = new Map<Case, number[]>(cases.map((one) => [one, []]));
const memory = new Map<PeerName, number>();
for (const server of peers) memory.set(server, await measureMemory(single(server)));
for (let round = 0; round < rounds; round++) for (const one of cases) costs.get(one)?.push(await measure(one));
const rows = cases.map(
  (one): Row => ({
    ...one,
    cpuMicrosPerDelivery: median(costs.get(one) ?? []),
    kbPerConnection: memory.get(one.server) ?? Number.NaN,
    deliveries: rounds * roundsOf(one) * one.sockets * one.follows,
  }),
);
for (const row of rows) console.log(json ? JSON.stringify(row) : lineOf(row));
if (!json) console.log(summaryOf(rows));

interface Running {
  /** Opens that many more sockets. */
  open(sockets: number): Promise<unknown>;
  /** Bytes. */
  memory(): Promise<{ rss: number; heap: number }>;
  /** Publishes every topic so often. @returns microseconds of CPU; every delivery was counted by its receiver */
  broadcast(count: number): Promise<number>;
}

async function withPeer<Result>(given: Case, work: (running: Running) => Promise<Result>): Promise<Result> {
  const { server: name, sockets, topics, follows, perTick } = given;
  const server = startChild("./fanout/server.ts", [name], { execArgv: ["--expose-gc"] });
  const client = startChild("./fanout/client.ts");
  try {
    const { port } = await server.answer<{ port: number }>();
    return await work({
      open: (more) => client.ask({ name, port, sockets: more, topics, follows }),
      memory: () => server.ask({ do: "memory" }),
      async broadcast(count) {
        const wanted = count * sockets * follows;
        await client.ask("reset");
        const order = { do: "broadcast", rounds: count, topics, perTick };
        const { cpuMicros } = await server.ask<{ cpuMicros: number }>(order);
        const { frames } = await client.ask<{ frames: number }>({ until: wanted });
        if (frames > wanted) throw new Error(`${name}: ${frames} frames came, ${wanted} were sent`);
        return cpuMicros;
      },
    });
  } finally {
    await Promise.all([client.end(), server.end()]);
  }
}

/** Kilobytes a connection takes with one subscription: the growth of the process or of its heap, whichever is more. */
function measureMemory(given: Case): Promise<number> {
  return withPeer(given, async ({ open, memory: read }) => {
    await open(MEMORY_SOCKETS);
    const before = await read();
    await open(MEMORY_SOCKETS);
    const after = await read();
    return Math.max(after.rss - before.rss, after.heap - before.heap) / 1024 / MEMORY_SOCKETS;
  });
}

/** How often every topic is published in one measurement. */
function roundsOf({ sockets, follows }: Case): number {
  return Math.max(3, Math.round(DELIVERIES / (sockets * follows)));
}

/** Microseconds of the server's CPU that one delivery costs. */
function measure(given: Case): Promise<number> {
  return withPeer(given, async ({ open, broadcast }) => {
    await open(given.sockets);
    const count = roundsOf(given);
    await broadcast(Math.ceil(count / 3));
    return (await broadcast(count)) / (count * given.sockets * given.follows);
  });
}

function lineOf({ server, sockets, topics, follows, perTick, cpuMicrosPerDelivery, kbPerConnection }: Row): string {
  const what = `${sockets} sockets, ${follows} of ${topics} topics each, ${perTick} a tick`;
  return `${server.padEnd(12)} ${what.padEnd(50)} ${cpuMicrosPerDelivery.toFixed(2).padStart(6)} µs  ${kbPerConnection.toFixed(1).padStart(6)} KB`;
}

function summaryOf(all: Row[]): string {
  const cost = (server: PeerName, sockets = 1_000, topics = 1) =>
    all.find((row) => row.server === server && row.sockets === sockets && row.topics === topics)
      ?.cpuMicrosPerDelivery ?? Number.NaN;
  const broadcaster = cost("broadcaster");
  const growth = (name: string, of: (server: PeerName) => number) =>
    `${name.padEnd(34)} × ${of("broadcaster").toFixed(2)} (ws × ${of("ws").toFixed(2)})`;
  return [
    ...peers.slice(1).map((peer) => `broadcaster / ${peer.padEnd(27)} × ${(broadcaster / cost(peer)).toFixed(2)}`),
    growth("three topics a tick / one", (server) => cost(server, 1_000, 3) / cost(server)),
    growth("1,000 topics / one", (server) => cost(server, 1_000, 1_000) / cost(server)),
    ...(quick ? [] : [growth("10,000 sockets / 1,000", (server) => cost(server, 10_000) / cost(server))]),
  ].join("\n");
}
