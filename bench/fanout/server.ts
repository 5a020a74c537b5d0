import { setTimeout as wait } from "node:timers/promises";
import { preciseNow } from "../hold/topics.ts";
import type { Peer, PeerName } from "./peer.ts";

/** A peer as a process of its own. It is told what to broadcast, and says what that cost it. */
type Order =
  | { do: "broadcast"; rounds: number; topics: number; perTick: number }
  /** The status each second, so many times. */
  | { do: "beat"; seconds: number }
  /** So many trades a second for so many seconds, in the rooms by turns. */
  | { do: "trades"; perSecond: number; seconds: number; rooms: number }
  | { do: "memory" };

/** A peer that has sent the status for so long. */
export interface Beats {
  /** From the first to the one after the last. */
  cpuMicros: number;
  /** Unix ms at which each was sent, by its `uptime`, or at which a trade was asked for, by what its message names it by. */
  sentAt: Record<string, number>;
}

const peer = await openPeer(process.argv[2] as PeerName, Number(process.argv[3] ?? 1));
process.send?.({ port: peer.port, rooms: peer.rooms });
process.on("message", (order: Order) => void obey(order));
process.once("disconnect", () => process.exit(0));

async function openPeer(name: PeerName, rooms: number): Promise<Peer> {
  if (name === "room") return (await import("./room-peer.ts")).openRoomPeer(rooms);
  if (name === "broadcaster" || name === "raw") return (await import("./broadcaster-peer.ts")).openBroadcasterPeer();
  if (name === "miniApp") return (await import("./mini-app-peer.ts")).openMiniAppPeer();
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
  if (order.do === "beat") {
    // What opening so many sockets left behind.
    globalThis.gc?.();
    process.send?.(await beat(order.seconds));
    return;
  }
  if (order.do === "trades") {
    globalThis.gc?.();
    process.send?.(await makeTrades(order));
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

function beat(seconds: number): Promise<Beats> {
  const sentAt: Record<number, number> = {};
  let begun: NodeJS.CpuUsage | null = null;
  let count = 0;
  return new Promise((resolve) => {
    const sent = ({ uptime }: { uptime: number }) => {
      begun ??= process.cpuUsage();
      if (count++ < seconds) {
        sentAt[uptime] = preciseNow();
        return;
      }
      const { user, system } = process.cpuUsage(begun);
      resolve({ cpuMicros: user + system, sentAt });
    };
    if (peer.onStatus) peer.onStatus(sent);
    else {
      const timer = setInterval(() => {
        const status = statusOf(count);
        if (count >= seconds) clearInterval(timer);
        sent(status);
        peer.publish(0, status);
      }, 1_000);
    }
  });
}

/** Trades as people make them: each by itself, evenly. */
async function makeTrades({ perSecond, seconds, rooms }: { perSecond: number; seconds: number; rooms: number }) {
  const { trade } = peer;
  if (!trade) throw new Error("The peer has no rooms");
  const sentAt: Record<string, number> = {};
  const begun = process.cpuUsage();
  const startedAt = performance.now();
  const trades: Promise<unknown>[] = [];
  for (let at = 0; at < perSecond * seconds; at++) {
    const dueMs = startedAt + (at * 1_000) / perSecond - performance.now();
    if (dueMs > 0) await wait(dueMs);
    const askedAt = preciseNow();
    const named = (name: string) => {
      sentAt[name] = askedAt;
    };
    trades.push(trade(at % rooms).then(named));
  }
  await Promise.all(trades);
  while (peer.queued() > 0) await wait(5);
  const { user, system } = process.cpuUsage(begun);
  return { cpuMicros: user + system, sentAt } satisfies Beats;
}

const turn = () => new Promise<void>((resolve) => setImmediate(resolve));
