import { subscribeLatest } from "@pult/api/realtime/stream.ts";
import type { LatestView } from "@pult/api/realtime/view.ts";
import { type Channel, type ChannelOptions, Groups } from "./channel.ts";
import { textFrame } from "./frame.ts";
import type { Member, Protocol } from "./member.ts";

/** A latest-value topic on this node: a socket that is still draining is passed over, and gets the newest value once it has drained. */
export class LatestChannel implements Channel {
  readonly #protocol: Protocol;
  readonly #options: ChannelOptions;
  readonly #stop: () => void;
  readonly #groups = new Groups();
  readonly #view: LatestView<unknown>;
  /** Whom the newest value is not meant for. */
  #notFor: string | null = null;

  constructor(view: LatestView<unknown>, protocol: Protocol, options: ChannelOptions) {
    this.#view = view;
    this.#protocol = protocol;
    this.#options = options;
    this.#stop = subscribeLatest(options.bus, view, (value) => this.#publish(value));
  }

  join(member: Member): void {
    const { counters } = this.#options;
    this.#groups.size += 1;
    counters.subscriptions.latest += 1;
    this.#groups.add(member);
    const now = (member.view as LatestView<unknown>).newest?.() ?? null;
    if (now === null) return;
    member.reader.writer.push(textFrame(member.reader.head, this.#bodyOf(now)));
    counters.deliveries.latest += 1;
  }

  part(member: Member): void {
    this.#groups.remove(member);
    this.#groups.size -= 1;
    this.#options.counters.subscriptions.latest -= 1;
    if (this.#groups.size > 0) return;
    this.#stop();
    this.#options.close();
  }

  repay(member: Member): void {
    if (member.group?.newest && this.#isFor(member)) member.reader.writer.push(member.group.newest);
  }

  #isFor(member: Member): boolean {
    return this.#notFor === null || (member.view as LatestView<unknown>).reader !== this.#notFor;
  }

  #bodyOf(value: unknown): Buffer {
    return Buffer.from(this.#protocol.value(JSON.stringify(value)));
  }

  #publish(value: unknown): void {
    const { tick, counters } = this.#options;
    tick.published();
    this.#notFor = this.#view.notFor?.(value) ?? null;
    const body = this.#bodyOf(value);
    for (const group of this.#groups) {
      const frame = textFrame(group.head, body);
      group.newest = frame;
      let delivered = 0;
      for (const member of group.members) {
        if (!this.#isFor(member)) continue;
        const { writer } = member.reader;
        if (writer.draining) {
          if (writer.owes(member)) counters.skipped += 1;
          writer.owe(member);
        } else {
          writer.push(frame);
          delivered += 1;
        }
      }
      counters.deliveries.latest += delivered;
      counters.bytes += delivered * frame.length;
    }
  }
}
