import type { PeerName } from "./fanout/peer.ts";
import type { Beats } from "./fanout/server.ts";
import { argument, freshDatabase, json, LIFTED, median, services, startChild } from "./setup.ts";

/**
 * Ten thousand sockets of the Mini App protocol that get the bot's real status each second, beside bare `ws` and Socket.IO that send the same
 * message as often: CPU of the whole server per delivery, and the time from sending to arrival. `--sockets=N`, `--seconds=N`, `--rounds=N`
 * (medians), `--json`.
 */
const sockets = argument("sockets", 10_000);
const seconds = argument("seconds", 15);
const rounds = argument("rounds", 3);
const PEERS: PeerName[] = ["miniApp", "ws", "socket.io"];
/** Until what the opening left behind is done. */
const SETTLE_MS = 3_000;

interface Row {
  cpuMicrosPerDelivery: number;
  /** Milliseconds from sending to arrival. */
  p50: number;
  p99: number;
}

const { TEST_DATABASE_URL: url } = await services();
const measured = new Map<PeerName, Row[]>(PEERS.map((peer) => [peer, []]));
for (let round = 0; round < rounds; round++) for (const peer of PEERS) measured.get(peer)?.push(await measure(peer));
const rows = PEERS.map((server) => {
  const of = (name: keyof Row) => median((measured.get(server) ?? []).map((row) => row[name]));
  return { server, sockets, cpuMicrosPerDelivery: of("cpuMicrosPerDelivery"), p50: of("p50"), p99: of("p99") };
});
const own = rows[0]?.cpuMicrosPerDelivery ?? Number.NaN;
for (const { server, cpuMicrosPerDelivery, p50, p99 } of rows) {
  const ratio = own / cpuMicrosPerDelivery;
  if (json) console.log(JSON.stringify({ server, sockets, cpuMicrosPerDelivery, p50, p99, ratio }));
  else {
    const cost = `${cpuMicrosPerDelivery.toFixed(2).padStart(6)} µs  p50 ${p50.toFixed(0).padStart(4)} ms  p99 ${p99.toFixed(0).padStart(4)} ms`;
    console.log(`${server.padEnd(10)} ${sockets} sockets  ${cost}  miniApp / ${server} × ${ratio.toFixed(2)}`);
  }
}

async function measure(name: PeerName): Promise<Row> {
  const database = url && name === "miniApp" ? { DATABASE_URL: await freshDatabase(url) } : {};
  const server = startChild("./fanout/server.ts", [name], {
    env: { ...LIFTED, ...database },
    execArgv: [...process.execArgv, "--expose-gc"],
  });
  const client = startChild("./fanout/client.ts");
  try {
    const { port } = await server.answer<{ port: number }>();
    await client.ask({ name, port, sockets, topics: 1, follows: 1, timed: { every: 1, mark: '"uptime":' } });
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    const { cpuMicros, sentAt } = await server.ask<Beats>({ do: "beat", seconds });
    const { deliveries, p50, p99 } = await client.ask<{ deliveries: number; p50: number; p99: number }>({ sentAt });
    if (deliveries !== sockets * seconds)
      throw new Error(`${name}: ${deliveries} arrived of ${sockets * seconds} deliveries`);
    return { cpuMicrosPerDelivery: cpuMicros / deliveries, p50, p99 };
  } finally {
    await Promise.all([client.end(), server.end()]);
  }
}
