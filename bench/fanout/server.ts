import type { Peer, PeerName } from "./peer.ts";

/** A peer as a process of its own. It is told what to broadcast, and says what that cost it. */
type Order = { do: "broadcast"; rounds: number; topics: number; perTick: number } | { do: "memory" };

const peer = await openPeer(process.argv[2] as PeerName);
process.send?.({ port: peer.port });
process.on("message", (order: Order) => void obey(order));
process.once("disconnect", () => process.exit(0));

async function openPeer(name: PeerName): Promise<Peer> {
  if (name === "broadcaster" || name === "raw") return (await import("./broadcaster-peer.ts")).openBroadcasterPeer();
  const peers = await import("./peers.ts");
  if (name === "ws") return peers.openWsPeer();
  if (name === "socket.io") return peers.openSocketIoPeer();
  return peers.openTrpcPeer();
}

/** The documented status message, the way a node would send it each second. */
const statusOf = (uptime: number) => ({
  running: true,
  uptime,
  activeUsers: 842,
  messagesProcessed: 12_984,
  alertsSent: 437,
  sessionPnL: 842.31,
  sessionTrades: 118,
  lastTrade: 1_704_372_000_000,
});

async function obey(order: Order): Promise<void> {
  if (order.do === "memory") {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send?.({ rss, heap: heapUsed + external });
    return;
  }
  const before = process.cpuUsage();
  for (let round = 0; round < order.rounds; round++) {
    // What is due in one tick: `perTick` topics, or each topic in its turn.
    for (let at = 0; at < order.topics; at += order.perTick) {
      for (let topic = at; topic < Math.min(order.topics, at + order.perTick); topic++)
        peer.publish(topic, statusOf(round));
      await turn();
      while (peer.queued() > 8 * 1024 * 1024) await turn();
    }
  }
  const spent = process.cpuUsage(before);
  process.send?.({ cpuMicros: spent.user + spent.system });
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
