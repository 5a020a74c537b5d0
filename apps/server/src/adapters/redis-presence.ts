import type { Logger } from "@pult/api/logger.ts";
import { countEntries, type Presence } from "@pult/api/realtime/presence.ts";
import { PresenceBoard } from "@pult/api/realtime/presence-board.ts";
import type { RedisLink } from "./redis-link.ts";
import { OtherNodes } from "./redis-presence-others.ts";
import { OwnPresence } from "./redis-presence-own.ts";
import { channelOf, parseMessage } from "./redis-presence-wire.ts";

export interface RedisPresenceOptions {
  link: RedisLink;
  log: Logger;
  now?: () => Date;
  /** How often a node publishes that it is alive. */
  refreshMs: number;
  /** A node that is silent for this long counts as gone; the same on all nodes. */
  ttlMs: number;
}

export const PRESENCE_TIMES = { refreshMs: 10_000, ttlMs: 30_000 };

export interface RedisPresence extends Presence {
  /** Tells the others that this node is gone. */
  close(): Promise<void>;
}

/** Presence over nodes: each keeps its own in Redis, publishes what changes, and holds what the others publish in memory. */
export function createRedisPresence(options: RedisPresenceOptions): RedisPresence {
  const { link, log, refreshMs, ttlMs } = options;
  const clock = options.now ?? (() => new Date());
  const now = () => clock().getTime();
  const board = new PresenceBoard({
    now: clock,
    onListenerError: (error) => log.error({ err: error }, "A listener failed"),
    onExpired: (node, room, member) => node === link.node && own.touchMember(room, member),
  });
  const own = new OwnPresence({ board, link, now, ttlMs });
  const onNewer = (room: string, member: string, version: number) => own.yieldTo(room, member, version);
  // Two messages missed and half the time of a third, so that a node that is gone is off everywhere before its hash is.
  const silentMs = ttlMs - refreshMs / 2;
  const others = new OtherNodes({ board, link, now, silentMs, ttlMs, onNewer });

  link.join(channelOf(link.prefix), (text) => {
    const message = parseMessage(text);
    if (!message) log.warn({ bytes: text.length }, "A message from Redis could not be read");
    if (!message || message.node === link.node) return;
    if (message.who) own.refresh();
    others.hear(message);
  });
  link.onUp(() => {
    others.forgetReads();
    own.writeAnew({ who: true });
  });
  if (link.client) own.writeAnew({ who: true });
  const refreshing = setInterval(() => own.refresh(), refreshMs).unref();
  const checking = setInterval(() => others.dropSilent(), refreshMs / 10).unref();

  return {
    enter: countEntries((key, online) => own.setOnline(key, online)),
    isOnline: (key) => board.isOnline(key),
    put: (entry) => own.set(entry),
    remove: (room, member) => own.remove(room, member),
    list: (room) => board.list(room),
    onChange: (listener) => board.onChange(listener),
    get online() {
      return board.online;
    },
    async close() {
      clearInterval(refreshing);
      clearInterval(checking);
      board.close();
      await own.leave();
    },
  };
}
