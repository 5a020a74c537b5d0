import type { Bus } from "@pult/api/realtime/bus.ts";
import type { LogFeeds } from "@pult/api/realtime/log-feeds.ts";
import type { LatestView, LogView } from "@pult/api/realtime/view.ts";
import type { RealtimeCounters } from "../metrics/realtime-stats.ts";
import type { DrainListener, SocketWriter, WriteTick } from "./socket-writer.ts";

/** How a protocol writes what follows the head of a frame; nothing of what it leaves empty is sent. */
export interface Envelope {
  name: string;
  /** An event of a log, by its position. */
  tracked(id: string, json: string): string;
  /** The log ends at this position. */
  heartbeat(id: string): string;
  /** A latest value. */
  value(json: string): string;
}

/** One subscription of one socket. */
export interface Reader {
  writer: SocketWriter;
  envelope: Envelope;
  /** What its frames begin with. Readers of one channel with equal heads share frames. */
  head: Buffer;
  /** Its queue is full: the client is to come back and resume. */
  tooSlow(): void;
  /** It is in the live stream: nothing more is read for it. */
  begun(): void;
  /** What it asked for could not be given. */
  refuse(error: unknown): void;
}

/** A topic on this node, as readers of one kind see it. */
export interface Channel {
  /** Counts a member that is about to join. */
  reserve(): void;
  join(member: Member, lastEventId: string | null): void;
  /** Undoes `reserve`, at whatever point the member is. */
  removeMember(member: Member): void;
  /** The member's socket has drained. */
  drained(member: Member): void;
}

export interface BroadcasterOptions {
  bus: Bus;
  feeds: LogFeeds;
  tick: WriteTick;
  counters: RealtimeCounters;
  /** Told what was not expected: an event that could not be shown. */
  failed(error: unknown): void;
}

export interface ChannelOptions extends BroadcasterOptions {
  /** The last member has left. */
  close(): void;
}

/** A reader's place in a channel. */
export class Member implements DrainListener {
  readonly reader: Reader;
  readonly view: LogView<unknown, unknown> | LatestView<unknown>;
  /** Null until it is in the live stream. */
  group: Group | null = null;
  left = false;
  /** The newest value of each subject for it that came while its socket was draining. */
  missed: Map<string, Buffer> | null = null;
  readonly #channel: Channel;
  #exit: (() => void) | undefined;

  constructor(reader: Reader, view: LogView<unknown, unknown> | LatestView<unknown>, channel: Channel) {
    this.reader = reader;
    this.view = view;
    this.#channel = channel;
  }

  /** Joins the channel. @throws what the view throws; it has left then */
  enter(lastEventId: string | null): void {
    this.#channel.reserve();
    try {
      this.#exit = this.view.entered?.();
      this.#channel.join(this, lastEventId);
    } catch (error) {
      this.leave();
      throw error;
    }
  }

  leave(): void {
    if (this.left) return;
    this.left = true;
    this.reader.writer.cancel(this);
    this.#channel.removeMember(this);
    this.#exit?.();
  }

  drained(): void {
    this.#channel.drained(this);
  }
}

/** Members whose frames are the same. */
export interface Group {
  readonly head: Buffer;
  readonly members: Set<Member>;
}

/** The members of a channel by the head of their frames. */
export class Groups {
  readonly #byHead = new Map<string, Group>();
  /** All members, also those that are still catching up. */
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
