import { preciseNow } from "../hold/topics.ts";
import { openRawSocket } from "../raw-socket.ts";
import { percentiles } from "../setup.ts";
import { HANDSHAKES, type PeerName } from "./peer.ts";

/** Sockets without a client's machinery: they connect, say what they follow, and count frames. Runs as a process of its own. */
interface Order {
  name: PeerName;
  port: number;
  sockets: number;
  /** Topics there are, and how many of them each socket follows. */
  topics: number;
  follows: number;
  /** Of the peer, where topics are rooms. */
  rooms?: string[];
  /** Keeps when each message arrived at one socket in so many. */
  timed?: { every: number; mark: Mark };
}

/** What names a message: the text behind this, up to the next `"`, `,` or `}`. */
type Mark = '"uptime":' | '"sol":"';

const AT_ONCE = 100;
const NAME_BYTES = 24;
let frames = 0;
let bytes = 0;
/** Told when so many frames have come. */
let awaited = { frames: Number.POSITIVE_INFINITY, tell: () => {} };

/** Of each message, by its name: Unix ms at which each socket got it. */
const arrivals = new Map<string, number[]>();

process.on("message", (message: Order | { until: number } | { sentAt: Record<string, number> } | "reset") => {
  if (message === "reset") {
    frames = 0;
    bytes = 0;
    process.send?.({ frames });
  } else if ("sentAt" in message) {
    const delays = Object.entries(message.sentAt).flatMap(([name, at]) =>
      (arrivals.get(name) ?? []).map((arrived) => arrived - at),
    );
    const [p50, p99] = percentiles(delays, [0.5, 0.99]);
    process.send?.({ deliveries: delays.length, p50, p99 });
  } else if ("until" in message) tellAt(message.until, () => process.send?.({ frames, bytes }));
  else void open(message);
});
process.once("disconnect", () => process.exit(0));

/** Answers when every socket follows what it asked for. */
async function open(order: Order): Promise<void> {
  frames = 0;
  for (let from = 0; from < order.sockets; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, order.sockets - from);
    await Promise.all(Array.from({ length: count }, (_, at) => openOne(order, from + at)));
  }
  const { answers = order.follows } = HANDSHAKES[order.name];
  tellAt(order.sockets * answers, () => process.send?.({ open: order.sockets }));
}

function tellAt(wanted: number, tell: () => void): void {
  awaited = { frames: wanted, tell };
  if (frames >= wanted) count(0);
}

async function openOne(order: Order, index: number): Promise<void> {
  const { path, follow } = HANDSHAKES[order.name];
  const { topics, follows, timed, rooms = [] } = order;
  const mark = timed && index % timed.every === 0 ? timed.mark : null;
  const mine = Array.from({ length: follows }, (_, at) => (index * follows + at) % topics);
  const socket = await openRawSocket({
    port: order.port,
    path: typeof path === "string" ? path : path(index),
    onMessage(payload) {
      bytes += payload.length;
      if (mark) arrive(payload, mark);
      count(1);
    },
  });
  for (const text of follow(mine, { index, rooms })) socket.send(text);
}

function arrive(payload: Buffer, mark: Mark): void {
  const at = payload.indexOf(mark);
  if (at < 0) return;
  const [name = ""] = payload.toString("latin1", at + mark.length, at + mark.length + NAME_BYTES).split(/[",}]/, 1);
  const times = arrivals.get(name) ?? [];
  if (times.length === 0) arrivals.set(name, times);
  times.push(preciseNow());
}

function count(more: number): void {
  frames += more;
  if (frames < awaited.frames) return;
  const { tell } = awaited;
  awaited = { frames: Number.POSITIVE_INFINITY, tell: () => {} };
  tell();
}
