import { subscribeLatest } from "@pult/api/realtime/stream.ts";
import type { LatestView } from "@pult/api/realtime/view.ts";
import { type Channel, type ChannelOptions, type Envelope, type Group, Groups, type Member } from "./channel.ts";
import { textFrame } from "./frame.ts";

/** A latest-value topic on this node: a socket that is still draining is skipped, and gets the newest value once it has drained. */
export class LatestChannel implements Channel {
  readonly #envelope: Envelope;
  readonly #options: ChannelOptions;
  readonly #stop: () => void;
  readonly #groups = new Groups();
  readonly #view: LatestView<unknown>;

  constructor(view: LatestView<unknown>, envelope: Envelope, options: ChannelOptions) {
    this.#view = view;
    this.#envelope = envelope;
    this.#options = options;
    this.#stop = subscribeLatest(options.bus, view, (value) => this.#publish(value));
  }

  reserve(): void {
    this.#groups.size += 1;
    this.#options.counters.subscriptions.latest += 1;
  }

  join(member: Member): void {
    this.#groups.add(member);
    member.reader.begun();
    const now = (member.view as LatestView<unknown>).newest?.() ?? null;
    if (now === null) return;
    this.#push(member, textFrame(member.reader.head, this.#bodyOf(now)));
  }

  removeMember(member: Member): void {
    this.#groups.remove(member);
    this.#groups.size -= 1;
    this.#options.counters.subscriptions.latest -= 1;
    if (this.#groups.size > 0) return;
    this.#stop();
    this.#options.close();
  }

  drained(member: Member): void {
    const { missed } = member;
    member.missed = null;
    if (missed && !member.left) this.#push(member, missed);
  }

  #push(member: Member, frame: Buffer): void {
    const { counters } = this.#options;
    member.reader.writer.push(frame);
    counters.deliveries.latest += 1;
    counters.bytes += frame.length;
  }

  #bodyOf(value: unknown): Buffer {
    return Buffer.from(this.#envelope.value(JSON.stringify(value)));
  }

  #publish(value: unknown): void {
    const notFor = this.#view.notFor?.(value) ?? null;
    const body = this.#bodyOf(value);
    let delivered = 0;
    for (const group of this.#groups) delivered += this.#deliver(group, textFrame(group.head, body), notFor);
    // A value that no member gets now is part of no write, and would wait to be observed until there is one.
    if (delivered > 0) this.#options.tick.published();
  }

  /** @returns how many members got it; the others get it, or a newer one, when their sockets have drained */
  #deliver({ members }: Group, frame: Buffer, notFor: string | null): number {
    const { counters } = this.#options;
    let delivered = 0;
    for (const member of members) {
      if (notFor !== null && (member.view as LatestView<unknown>).reader === notFor) continue;
      const { writer } = member.reader;
      if (writer.draining) {
        if (member.missed) counters.skipped += 1;
        member.missed = frame;
        writer.onDrain(member);
      } else {
        writer.push(frame);
        delivered += 1;
      }
    }
    counters.deliveries.latest += delivered;
    counters.bytes += delivered * frame.length;
    return delivered;
  }
}
