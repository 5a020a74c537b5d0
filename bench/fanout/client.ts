import { openRawSocket } from "../raw-socket.ts";
import { HANDSHAKES, type PeerName } from "./peer.ts";

/** Sockets without a client's machinery: they connect, say what they follow, and count frames. Runs as a process of its own. */
interface Order {
  name: PeerName;
  port: number;
  sockets: number;
  /** Topics there are, and how many of them each socket follows. */
  topics: number;
  follows: number;
}

const AT_ONCE = 100;
let frames = 0;
/** Told when so many frames have come. */
let awaited = { frames: Number.POSITIVE_INFINITY, tell: () => {} };

process.on("message", (message: Order | { until: number } | "reset") => {
  if (message === "reset") {
    frames = 0;
    process.send?.({ frames });
  } else if ("until" in message) tellAt(message.until, () => process.send?.({ frames }));
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
  const { topics, follows } = order;
  const mine = Array.from({ length: follows }, (_, at) => (index * follows + at) % topics);
  const socket = await openRawSocket({ port: order.port, path, onMessage: () => count(1) });
  for (const text of follow(mine)) socket.send(text);
}

function count(more: number): void {
  frames += more;
  if (frames < awaited.frames) return;
  const { tell } = awaited;
  awaited = { frames: Number.POSITIVE_INFINITY, tell: () => {} };
  tell();
}
