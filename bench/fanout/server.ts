import type { Peer, PeerName } from "./peer.ts";
import { statusOf } from "./status.ts";

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
  if (name === "trpc") return peers.openTrpcPeer();
  return (await import("./bun-peer.ts")).openBunPeer();
}

async function obey(order: Order): Promise<void> {
  if (order.do === "memory") {
    globalThis.gc?.();
    const { rss, heapUsed, external } = process.memoryUsage();
    process.send?.({ rss, heap: heapUsed + external });
    return;
  }
  const before = process.cpuUsage();
  const startedAt = performance.now();
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
  process.send?.({ cpuMicros: spent.user + spent.system, seconds: (performance.now() - startedAt) / 1_000 });
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
