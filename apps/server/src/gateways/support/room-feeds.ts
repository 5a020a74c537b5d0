import type { Deps } from "@pult/api/context.ts";
import type { LogEntry } from "@pult/api/realtime/bus.ts";
import { appCustomer } from "@pult/api/support/customer.ts";
import { customerTopicOf } from "@pult/api/support/customer-service.ts";
import type { StoredMessage } from "@pult/api/support/stored.ts";
import type { Server } from "socket.io";
import { encodeMessage } from "./wire.ts";

export const roomOf = (userId: string): string => `chat:${userId}`;

interface RoomFeed {
  followers: number;
  /** Resolves when everything from then on is heard. */
  ready: Promise<unknown>;
  stop(): void;
}

/**
 * One feed per customer whose room has sockets, however many. What another node published and Redis lost is read from the database, as for
 * every other reader of the log.
 */
export class RoomFeeds {
  readonly #feeds = new Map<string, RoomFeed>();
  readonly #io: Server;
  readonly #deps: Deps;

  constructor(io: Server, deps: Deps) {
    this.#io = io;
    this.#deps = deps;
  }

  follow(userId: string): { ready: Promise<unknown>; leave(): void } {
    const feed = this.#feeds.get(userId) ?? this.#start(userId);
    feed.followers += 1;
    this.#feeds.set(userId, feed);
    return {
      ready: feed.ready,
      leave: () => {
        feed.followers -= 1;
        if (feed.followers > 0) return;
        feed.stop();
        if (this.#feeds.get(userId) === feed) this.#feeds.delete(userId);
      },
    };
  }

  #start(userId: string): RoomFeed {
    const { feed, close } = this.#deps.feeds.open(customerTopicOf(appCustomer(userId, null)));
    const stopListening = feed.listen({
      entries: (entries) => {
        for (const entry of entries) this.#emit(userId, entry);
      },
      // This protocol cannot announce a log that restarted; its clients read the history.
      restarted: () => {},
      verified: () => {},
    });
    const ready = feed.start(null);
    // Joins report this failure; without a waiting join it must not be an unhandled rejection.
    ready.catch(() => {});
    return {
      followers: 0,
      ready,
      stop() {
        stopListening();
        close();
      },
    };
  }

  #emit(userId: string, entry: LogEntry): void {
    const event = entry.payload as { type: string; message?: StoredMessage };
    if (event.type !== "messageSent" || !event.message) return;
    this.#io.to(roomOf(userId)).emit("new_message", encodeMessage(event.message, this.#deps.mediaLinks));
  }
}
