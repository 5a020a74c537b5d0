import type { LogEntry } from "@pult/api/realtime/bus.ts";
import type { FeedListener, LogFeed, Start } from "@pult/api/realtime/log-feed.ts";
import { formatPosition, type Position } from "@pult/api/realtime/position.ts";
import type { LogView } from "@pult/api/realtime/view.ts";
import { type Channel, type ChannelOptions, Groups } from "./channel.ts";
import { textFrame } from "./frame.ts";
import type { Member, Protocol } from "./member.ts";
import { MAX_QUEUED_BYTES } from "./socket-writer.ts";

/** A log on this node, as one kind of reader sees it. Every event reaches every member, or the member is told to come back. */
export class LogChannel implements Channel, FeedListener {
  readonly #view: LogView<unknown, unknown>;
  readonly #protocol: Protocol;
  readonly #options: ChannelOptions;
  readonly #opened: { feed: LogFeed; close(): void };
  readonly #deaf: () => void;
  readonly #groups = new Groups();
  /** Bodies of events as they were encoded, for those who catch up. */
  readonly #bodies = new WeakMap<LogEntry, Buffer>();

  constructor(view: LogView<unknown, unknown>, protocol: Protocol, options: ChannelOptions) {
    this.#view = view;
    this.#protocol = protocol;
    this.#options = options;
    this.#opened = options.feeds.open(view.topic);
    this.#deaf = this.#opened.feed.listen(this);
  }

  entries(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      this.#options.tick.published(entry.publishedAt === undefined ? 0 : Date.now() - entry.publishedAt);
      this.#deliver(this.#bodyOf(entry));
    }
  }

  verified(head: Position): void {
    this.#deliver(Buffer.from(this.#protocol.heartbeat(formatPosition(head))));
  }

  restarted(position: Position): void {
    for (const group of [...this.#groups]) {
      for (const member of [...group.members]) {
        this.#groups.remove(member);
        void this.#begin(member, { position, recovered: false });
      }
    }
  }

  join(member: Member, lastEventId: string | null): void {
    this.#groups.size += 1;
    this.#options.counters.subscriptions.log += 1;
    this.#opened.feed.start(lastEventId).then(
      (start) => {
        if (lastEventId !== null) this.#options.counters.resumes[start.recovered ? "recovered" : "notRecovered"] += 1;
        return this.#begin(member, start);
      },
      (error) => this.#refuse(member, error),
    );
  }

  /** Position, snapshot where he needs one, what he missed; from then on he is among the members. All that is written is in order. */
  async #begin(member: Member, start: Start): Promise<void> {
    try {
      for (let at = start; !member.left; at = { ...(await this.#opened.feed.start(null)), recovered: false }) {
        const snapshot = at.recovered ? undefined : await (member.view as LogView<unknown, unknown>).snapshot();
        if (await this.#opened.feed.catchUp(at.position, (backlog) => this.#admit(member, { at, snapshot, backlog })))
          return;
      }
    } catch (error) {
      this.#refuse(member, error);
    }
  }

  #admit(
    member: Member,
    { at, snapshot, backlog }: { at: Start; snapshot: unknown; backlog: readonly LogEntry[] },
  ): void {
    if (member.left) return;
    const { recovered } = at;
    const position = { type: "position", recovered, ...(recovered ? {} : { snapshot }) };
    this.#write(member, Buffer.from(this.#protocol.tracked(formatPosition(at.position), JSON.stringify(position))));
    for (const entry of backlog) this.#write(member, this.#bodyOf(entry));
    this.#groups.add(member);
  }

  #refuse(member: Member, error: unknown): void {
    if (member.left) return;
    member.leave();
    member.reader.refuse(error);
  }

  part(member: Member): void {
    this.#groups.remove(member);
    this.#groups.size -= 1;
    this.#options.counters.subscriptions.log -= 1;
    if (this.#groups.size > 0) return;
    this.#deaf();
    this.#opened.close();
    this.#options.close();
  }

  repay(): void {}

  #bodyOf(entry: LogEntry): Buffer {
    let body = this.#bodies.get(entry);
    if (!body) {
      const json = JSON.stringify(this.#view.present(entry.payload));
      body = Buffer.from(this.#protocol.tracked(formatPosition(entry), json));
      this.#bodies.set(entry, body);
    }
    return body;
  }

  #write(member: Member, body: Buffer): void {
    const frame = textFrame(member.reader.head, body);
    member.reader.writer.push(frame);
    this.#count(1, frame.length);
  }

  #deliver(body: Buffer): void {
    for (const group of this.#groups) {
      const frame = textFrame(group.head, body);
      this.#count(group.members.size, frame.length * group.members.size);
      for (const member of group.members) {
        const { writer } = member.reader;
        if (writer.queued + frame.length > MAX_QUEUED_BYTES) member.reader.tooSlow();
        else writer.push(frame);
      }
    }
  }

  #count(frames: number, bytes: number): void {
    this.#options.counters.deliveries.log += frames;
    this.#options.counters.bytes += bytes;
  }
}
