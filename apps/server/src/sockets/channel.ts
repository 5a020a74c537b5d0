import type { Bus } from "@pult/api/realtime/bus.ts";
import type { LogFeeds } from "@pult/api/realtime/log-feeds.ts";
import type { RealtimeCounters } from "../metrics/realtime-stats.ts";
import type { Group, Member } from "./member.ts";
import type { WriteTick } from "./socket-writer.ts";

export interface BroadcasterOptions {
  bus: Bus;
  feeds: LogFeeds;
  tick: WriteTick;
  counters: RealtimeCounters;
  /** Told what was not expected: an event that could not be shown. */
  failed(error: unknown): void;
}

export interface ChannelOptions extends BroadcasterOptions {
  /** Nobody is left. */
  close(): void;
}

/** The members of a channel by the head of their frames. */
export class Groups {
  readonly #byHead = new Map<string, Group>();
  /** Everybody, also those who are still catching up. */
  size = 0;

  add(member: Member): void {
    const { head } = member.reader;
    const key = head.toString("latin1");
    let group = this.#byHead.get(key);
    if (!group) {
      group = { head, members: new Set() };
      this.#byHead.set(key, group);
    }
    group.members.add(member);
    member.group = group;
  }

  remove(member: Member): void {
    const { group } = member;
    if (!group) return;
    member.group = null;
    group.members.delete(member);
    if (group.members.size === 0) this.#byHead.delete(group.head.toString("latin1"));
  }

  [Symbol.iterator](): Iterator<Group> {
    return this.#byHead.values();
  }
}
