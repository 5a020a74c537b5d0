import type { Attachment } from "@pult/api/realtime/view.ts";
import { type BroadcasterOptions, type Channel, Member, type Reader } from "./channel.ts";
import { LatestChannel } from "./latest-channel.ts";
import { LogChannel } from "./log-channel.ts";

/**
 * Fan-out: every topic that is followed on this node, with the sockets that follow it. A value is presented and encoded once, framed once
 * per head, and written to every member.
 */
export class Broadcaster {
  readonly #channels = new Map<string, Channel>();
  readonly #options: BroadcasterOptions;

  constructor(options: BroadcasterOptions) {
    this.#options = options;
  }

  /** Adds a reader, from where it left off. @returns its place; `leave` it when the client stops or is gone @throws what the view throws */
  attach(reader: Reader, { view, lastEventId }: Attachment): Member {
    const { envelope } = reader;
    const key = `${view.kind}\0${view.topic}\0${view.kind === "log" ? view.viewer : ""}\0${envelope.name}`;
    let channel = this.#channels.get(key);
    if (!channel) {
      const close = () => this.#channels.delete(key);
      channel =
        view.kind === "log"
          ? new LogChannel(view, envelope, { ...this.#options, close })
          : new LatestChannel(view, envelope, { ...this.#options, close });
      this.#channels.set(key, channel);
    }
    const member = new Member(reader, view, channel);
    member.enter(lastEventId);
    return member;
  }

  /** Topics that are followed on this node. */
  get topics(): number {
    return this.#channels.size;
  }
}
