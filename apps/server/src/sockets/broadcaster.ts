import type { Bus } from "@pult/api/realtime/bus.ts";
import type { LogFeeds } from "@pult/api/realtime/log-feeds.ts";
import type { Attachment } from "@pult/api/realtime/view.ts";
import type { RealtimeCounters } from "../metrics/realtime-stats.ts";
import type { Channel } from "./channel.ts";
import { LatestChannel } from "./latest-channel.ts";
import { LogChannel } from "./log-channel.ts";
import { Member, type Protocol } from "./member.ts";
import type { SocketWriter, WriteTick } from "./socket-writer.ts";

export interface BroadcasterOptions {
  bus: Bus;
  feeds: LogFeeds;
  tick: WriteTick;
  counters: RealtimeCounters;
  /** Told what was not expected: an event that could not be shown. */
  failed(error: unknown): void;
}

export interface Reader {
  writer: SocketWriter;
  protocol: Protocol;
  /** What this reader's frames begin with. Readers of one channel with equal heads share frames. */
  head: Buffer;
  /** His queue is full: he is to come back and resume. */
  tooSlow(): void;
  /** What he asked for could not be given. */
  refuse(error: unknown): void;
}

/**
 * The fan-out lane: every topic that somebody on this node follows, with the sockets that follow it. A value is presented and encoded
 * once, framed once per envelope, and written to every member.
 */
export class Broadcaster {
  readonly #channels = new Map<string, Channel>();
  readonly #options: BroadcasterOptions;

  constructor(options: BroadcasterOptions) {
    this.#options = options;
  }

  /** Takes a reader in, from where he left off. @returns his place; `leave` it when he stops or is gone @throws whatever the view throws */
  attach(reader: Reader, { view, lastEventId }: Attachment): Member {
    const key = `${view.kind}\0${view.topic}\0${view.kind === "log" ? view.audience : ""}\0${reader.protocol.name}`;
    let channel = this.#channels.get(key);
    if (!channel) {
      const close = () => this.#channels.delete(key);
      channel =
        view.kind === "log"
          ? new LogChannel(view, reader.protocol, { ...this.#options, close })
          : new LatestChannel(view, reader.protocol, { ...this.#options, close });
      this.#channels.set(key, channel);
    }
    const member = new Member(reader, view, channel);
    member.enter(lastEventId);
    return member;
  }

  /** Topics with somebody on this node. */
  get topics(): number {
    return this.#channels.size;
  }
}
