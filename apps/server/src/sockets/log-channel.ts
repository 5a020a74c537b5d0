import type { LogEntry } from "@pult/api/realtime/bus.ts";
import type { FeedListener, LogFeed, Start } from "@pult/api/realtime/log-feed.ts";
import { formatPosition, type Position } from "@pult/api/realtime/position.ts";
import type { LogView } from "@pult/api/realtime/view.ts";
import { type Channel, type ChannelOptions, type Envelope, Groups, type Member } from "./channel.ts";
import { textFrame } from "./frame.ts";

const NOTHING = Buffer.alloc(0);

/** A log on this node, as one kind of reader sees it. Every event reaches every member, or the member is told to come back. */
export class LogChannel implements Channel, FeedListener {
  readonly #view: LogView<unknown, unknown>;
  readonly #envelope: Envelope;
  readonly #options: ChannelOptions;
  readonly #opened: { feed: LogFeed; close(): void };
  readonly #stops: (() => void)[];
  readonly #groups = new Groups();
  /** Encoded bodies of events, for members that catch up, and until when (Unix ms) each is what is shown. */
  #bodies = new WeakMap<LogEntry, { body: Buffer; until: number }>();

  constructor(view: LogView<unknown, unknown>, envelope: Envelope, options: ChannelOptions) {
    this.#view = view;
    this.#envelope = envelope;
    this.#options = options;
    this.#opened = options.feeds.open(view.topic);
    this.#stops = [
      this.#opened.feed.listen(this),
      view.changes?.(() => this.#beginAnew()) ?? (() => {}),
      this.#opened.close,
    ];
  }

  /** What was encoded is not what readers see from now on. */
  #beginAnew(): void {
    this.#bodies = new WeakMap();
    this.#opened.feed.start(null).then(
      ({ position }) => this.restarted(position),
      (error) => this.#refuseAll(error),
    );
  }

  entries(entries: readonly LogEntry[]): void {
    for (const entry of entries) {
      try {
        const reached = this.#view.delivered ? new Set<string>() : null;
        const delivered = this.#deliver(this.#bodyOf(entry), reached);
        if (reached && reached.size > 0) this.#view.delivered?.(entry.payload, reached);
        if (delivered > 0)
          this.#options.tick.published(entry.publishedAt === undefined ? 0 : Date.now() - entry.publishedAt);
      } catch (error) {
        this.#refuseAll(error);
      }
    }
  }

  /** An event that cannot be shown: no member may believe that it has seen everything, and other kinds of readers must not suffer. */
  #refuseAll(error: unknown): void {
    this.#options.failed(error);
    for (const group of [...this.#groups]) for (const member of [...group.members]) this.#refuse(member, error);
  }

  verified(head: Position): void {
    // What an event shows depends on the time: links expire.
    this.#bodies = new WeakMap();
    this.#deliver(Buffer.from(this.#envelope.heartbeat(formatPosition(head))));
  }

  restarted(position: Position): void {
    for (const group of [...this.#groups]) {
      for (const member of [...group.members]) {
        this.#groups.remove(member);
        void this.#begin(member, { position, recovered: false });
      }
    }
  }

  reserve(): void {
    this.#groups.size += 1;
    this.#options.counters.subscriptions.log += 1;
  }

  join(member: Member, lastEventId: string | null): void {
    this.#opened.feed.start(lastEventId).then(
      (start) => {
        if (lastEventId !== null) this.#options.counters.resumes[start.recovered ? "yes" : "no"] += 1;
        return this.#begin(member, start);
      },
      (error) => this.#refuse(member, error),
    );
  }

  /** Position, snapshot where one is needed, what was missed; the live stream from then on. All of it is written in order. */
  async #begin(member: Member, start: Start): Promise<void> {
    const { feed } = this.#opened;
    const { writer } = member.reader;
    try {
      for (let at = start; !member.left; at = { ...(await feed.start(null)), recovered: false }) {
        const snapshot = at.recovered ? undefined : await (member.view as LogView<unknown, unknown>).snapshot();
        while (!member.left && !writer.isRoomy) await writer.waitForRoom();
        let admitted = false;
        await feed.catchUp(at.position, (backlog) => {
          admitted = this.#admit(member, { at, snapshot, backlog });
        });
        if (admitted) return;
      }
    } catch (error) {
      this.#refuse(member, error);
    }
  }

  /** @returns false when more was missed than may wait for the socket: a snapshot is shorter */
  #admit(
    member: Member,
    { at, snapshot, backlog }: { at: Start; snapshot: unknown; backlog: readonly LogEntry[] },
  ): boolean {
    if (member.left) return true;
    const { head, writer } = member.reader;
    const { recovered } = at;
    const position = { type: "position", recovered, ...(recovered ? {} : { snapshot }) };
    const first = this.#envelope.tracked(formatPosition(at.position), JSON.stringify(position));
    const frames = [Buffer.from(first), ...backlog.map((entry) => this.#bodyOf(entry))]
      .filter((body) => body.length > 0)
      .map((body) => textFrame(head, body));
    const bytes = frames.reduce((sum, frame) => sum + frame.length, 0);
    if (recovered && !writer.hasRoomFor(bytes)) return false;
    for (const frame of frames) writer.push(frame);
    this.#count(frames.length, bytes);
    this.#groups.add(member);
    member.reader.begun();
    return true;
  }

  #refuse(member: Member, error: unknown): void {
    if (member.left) return;
    member.leave();
    member.reader.refuse(error);
  }

  removeMember(member: Member): void {
    this.#groups.remove(member);
    this.#groups.size -= 1;
    this.#options.counters.subscriptions.log -= 1;
    if (this.#groups.size > 0) return;
    for (const stop of this.#stops) stop();
    this.#options.close();
  }

  drained(): void {}

  #bodyOf(entry: LogEntry): Buffer {
    const now = Date.now();
    const known = this.#bodies.get(entry);
    if (known && known.until > now) return known.body;
    const event = this.#view.present(entry.payload);
    const body =
      event === null ? NOTHING : Buffer.from(this.#envelope.tracked(formatPosition(entry), JSON.stringify(event)));
    const until = this.#view.shownUntil?.(entry.payload) ?? Number.POSITIVE_INFINITY;
    this.#bodies.set(entry, { body, until: until > now ? until : Number.POSITIVE_INFINITY });
    return body;
  }

  /** @param reached is told which readers got it @returns how many members got it */
  #deliver(body: Buffer, reached: Set<string> | null = null): number {
    if (body.length === 0) return 0;
    let delivered = 0;
    for (const group of this.#groups) {
      const frame = textFrame(group.head, body);
      let written = 0;
      for (const member of group.members) {
        const { writer } = member.reader;
        if (!writer.hasRoomFor(frame.length)) member.reader.tooSlow();
        else {
          writer.push(frame);
          written += 1;
          if (reached) addReader(reached, member);
        }
      }
      this.#count(written, frame.length * written);
      delivered += written;
    }
    return delivered;
  }

  #count(frames: number, bytes: number): void {
    this.#options.counters.deliveries.log += frames;
    this.#options.counters.bytes += bytes;
  }
}

function addReader(reached: Set<string>, { view }: Member): void {
  const { reader } = view as LogView<unknown, unknown>;
  if (reader) reached.add(reader);
}
