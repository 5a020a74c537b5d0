import type { PeerName } from "./fanout/peer.ts";
import type { Beats } from "./fanout/server.ts";
import { argument, freshDatabase, json, LIFTED, median, services, startChild } from "./setup.ts";

/**
 * Listeners of the documented trading protocol in one room with many trades, beside bare `ws` that sends as many messages of the same bytes;
 * and ten rooms with a tenth of the listeners each, beside one such room: CPU of the whole server, trades included, per delivery, and the time
 * from the order to the arrival. `--sockets=N`, `--trades=N` (a second, in all rooms together), `--seconds=N`, `--rounds=N` (medians), `--json`.
 */
const sockets = argument("sockets", 5_000);
const perSecond = argument("trades", 100);
const seconds = argument("seconds", 10);
const rounds = argument("rounds", 3);
/** Times are kept at one socket in so many; not a multiple of the rooms, so that it is one of each. */
const TIMED_EVERY = 21;
/** Until what the opening left behind is done. */
const SETTLE_MS = 3_000;
const ROOMS = 10;

interface Case {
  server: PeerName;
  rooms: number;
  /** In each room. */
  listeners: number;
  /** Whose cost this one's is compared with. */
  beside: number;
}
interface Row {
  cpuMicrosPerDelivery: number;
  bytes: number;
  /** Milliseconds from the order to the arrival. */
  p50: number;
  p99: number;
}

const few = Math.ceil(sockets / ROOMS);
const CASES: Case[] = [
  { server: "ws", rooms: 1, listeners: sockets, beside: 0 },
  { server: "room", rooms: 1, listeners: sockets, beside: 0 },
  { server: "room", rooms: 1, listeners: few, beside: 2 },
  { server: "room", rooms: ROOMS, listeners: few, beside: 2 },
];

const { TEST_DATABASE_URL: url } = await services();
const measured = new Map<Case, Row[]>(CASES.map((one) => [one, []]));
for (let round = 0; round < rounds; round++) for (const one of CASES) measured.get(one)?.push(await measure(one));
const rows = CASES.map((one) => {
  const of = (name: keyof Row) => median((measured.get(one) ?? []).map((row) => row[name]));
  return { ...one, cost: of("cpuMicrosPerDelivery"), bytes: of("bytes"), p50: of("p50"), p99: of("p99") };
});
for (const { server, rooms, listeners, cost, bytes, p50, p99, beside } of rows) {
  const ratio = cost / (rows[beside]?.cost ?? Number.NaN);
  if (json) console.log(JSON.stringify({ server, rooms, listeners, perSecond, cost, bytes, p50, p99, ratio, beside }));
  else {
    const what = `${server.padEnd(4)} ${rooms} × ${listeners} listeners`.padEnd(28);
    const figures = `${cost.toFixed(2).padStart(6)} µs  ${bytes.toFixed(0)} B  p50 ${p50.toFixed(0)} ms  p99 ${p99.toFixed(0)} ms`;
    console.log(`${what} ${figures}  × ${ratio.toFixed(2)} of line ${beside + 1}`);
  }
}

async function measure({ server: name, rooms: count, listeners }: Case): Promise<Row> {
  const database = url && name === "room" ? { DATABASE_URL: await freshDatabase(url) } : {};
  const server = startChild("./fanout/server.ts", [name, String(count)], {
    env: { ...LIFTED, ...database },
    execArgv: [...process.execArgv, "--expose-gc"],
  });
  const client = startChild("./fanout/client.ts");
  try {
    const { port, rooms } = await server.answer<{ port: number; rooms?: string[] }>();
    const timed = { every: TIMED_EVERY, mark: '"sol":"' };
    await client.ask({ name, port, rooms, sockets: count * listeners, topics: count, follows: 1, timed });
    await new Promise((resolve) => setTimeout(resolve, SETTLE_MS));
    await client.ask("reset");
    const { cpuMicros, sentAt } = await server.ask<Beats>({ do: "trades", perSecond, seconds, rooms: count });
    const wanted = perSecond * seconds * listeners;
    const { frames, bytes } = await client.ask<{ frames: number; bytes: number }>({ until: wanted });
    if (frames !== wanted) throw new Error(`${name}: ${frames} frames came, ${wanted} were sent`);
    const { deliveries, p50, p99 } = await client.ask<{ deliveries: number; p50: number; p99: number }>({ sentAt });
    if (deliveries === 0) throw new Error(`${name}: no arrival was timed`);
    return { cpuMicrosPerDelivery: cpuMicros / wanted, bytes: bytes / wanted, p50, p99 };
  } finally {
    await Promise.all([client.end(), server.end()]);
  }
}
