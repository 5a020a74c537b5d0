import type { Attachment } from "@pult/api/realtime/view.ts";
import type { BroadcasterOptions } from "./channel.ts";
import { LatestChannel } from "./latest-channel.ts";
import { LogChannel } from "./log-channel.ts";
import { type Channel, Member, type Reader } from "./member.ts";

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
    const key = `${view.kind}\0${view.topic}\0${view.kind === "log" ? view.viewer : ""}\0${reader.protocol.name}`;
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
