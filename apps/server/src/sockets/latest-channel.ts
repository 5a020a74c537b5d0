import { subscribeLatest } from "@pult/api/realtime/stream.ts";
import type { LatestView } from "@pult/api/realtime/view.ts";
import { type Channel, type ChannelOptions, type Envelope, type Group, Groups, type Member } from "./channel.ts";
import { textFrame } from "./frame.ts";
import type { Spread } from "./socket-writer.ts";

/** Subjects of which a socket may be owed the newest value. */
const MAX_MISSED = 1_000;

interface Leaving {
  body: Buffer;
  notFor: string | null;
  subject: string;
}

/** A latest-value topic on this node: a socket that is still draining is skipped, and gets the newest value of each subject once it has drained. */
export class LatestChannel implements Channel, Spread {
  readonly #envelope: Envelope;
  readonly #options: ChannelOptions;
  readonly #stop: () => void;
  readonly #groups = new Groups();
  readonly #view: LatestView<unknown>;
  #published = 0;
  /** A value that leaves in this tick. */
  #leaving: Leaving | null = null;

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
    this.spread({ isAlone: false });
    this.#groups.add(member);
    const { read, newest } = member.view as LatestView<unknown>;
    if (read) void this.#begin(member, read);
    else this.#give(member, newest?.() ?? null);
  }

  /** What is published while the present value is read is newer than that, and the member has it. */
  async #begin(member: Member, read: () => Promise<unknown>): Promise<void> {
    const published = this.#published;
    try {
      const now = await read();
      if (!member.left) this.#give(member, published === this.#published ? now : null);
    } catch (error) {
      if (!member.left) member.reader.refuse(error);
    }
  }

  #give(member: Member, now: unknown): void {
    member.reader.begun();
    if (now !== null) this.#push(member, textFrame(member.reader.head, this.#bodyOf(now)));
  }

  removeMember(member: Member): void {
    // What was published before it leaves is still its own.
    this.spread({ isAlone: false });
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
    if (missed && !member.left) for (const frame of missed.values()) this.#push(member, frame);
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
    this.#published += 1;
    this.spread({ isAlone: false });
    const { notFor, subjectOf } = this.#view;
    this.#leaving = { body: this.#bodyOf(value), notFor: notFor?.(value) ?? null, subject: subjectOf?.(value) ?? "" };
    this.#options.tick.spread(this);
  }

  spread({ isAlone }: { isAlone: boolean }): void {
    const leaving = this.#leaving;
    if (!leaving) return;
    this.#leaving = null;
    for (const group of this.#groups) this.#deliver(group, { ...leaving, isAlone });
  }

  /** Members whose sockets are draining get it, or a newer one, afterwards. */
  #deliver({ head, members }: Group, { body, notFor, subject, isAlone }: Leaving & { isAlone: boolean }): void {
    const { counters } = this.#options;
    const frame = textFrame(head, body);
    let delivered = 0;
    for (const member of members) {
      if (notFor !== null && (member.view as LatestView<unknown>).reader === notFor) continue;
      const { writer } = member.reader;
      if (writer.draining) {
        this.#owe(member, subject, frame);
        continue;
      }
      if (isAlone) writer.write(frame);
      else writer.push(frame);
      delivered += 1;
    }
    counters.deliveries.latest += delivered;
    counters.bytes += delivered * frame.length;
  }

  #owe(member: Member, subject: string, frame: Buffer): void {
    member.missed ??= new Map();
    // What was changed last comes last.
    if (member.missed.delete(subject)) this.#options.counters.skipped += 1;
    if (member.missed.size < MAX_MISSED) {
      member.missed.set(subject, frame);
      member.reader.writer.onDrain(member);
    } else member.reader.tooSlow();
  }
}
