import { openRawSocket } from "../raw-socket.ts";
import { handshakeOf, type PeerName } from "./peer.ts";

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

process.on("message", (message: Order | "count" | "reset") => {
  if (message === "count") process.send?.({ frames });
  else if (message === "reset") {
    frames = 0;
    process.send?.({ frames });
  } else void open(message);
});
process.once("disconnect", () => process.exit(0));

async function open(order: Order): Promise<void> {
  for (let from = 0; from < order.sockets; from += AT_ONCE) {
    const count = Math.min(AT_ONCE, order.sockets - from);
    await Promise.all(Array.from({ length: count }, (_, at) => openOne(order, from + at)));
  }
  process.send?.({ open: order.sockets });
}

async function openOne(order: Order, index: number): Promise<void> {
  const { path, follow } = handshakeOf(order.name);
  const { topics, follows } = order;
  const mine = Array.from({ length: follows }, (_, at) => (index * follows + at) % topics);
  const socket = await openRawSocket({ port: order.port, path, onMessage: count });
  for (const text of follow(mine)) socket.send(text);
}

function count(): void {
  frames += 1;
}
