import type { LatestView, LogView } from "@pult/api/realtime/view.ts";
import type { Owed, SocketWriter } from "./socket-writer.ts";

/** How a protocol writes what follows an envelope's head. */
export interface Protocol {
  name: string;
  /** An event of a log, by its position. */
  tracked(id: string, json: string): string;
  /** The log ends at this position. */
  heartbeat(id: string): string;
  /** A latest value. */
  value(json: string): string;
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

/** Members whose frames are the same. */
export interface Group {
  readonly head: Buffer;
  readonly members: Set<Member>;
}

export interface Channel {
  /** Counts somebody who is about to join. */
  reserve(): void;
  join(member: Member, lastEventId: string | null): void;
  /** Undoes `reserve`, wherever he stands. */
  part(member: Member): void;
  /** His socket has drained. */
  repay(member: Member): void;
}

/** One reader of one topic. */
export class Member implements Owed {
  readonly reader: Reader;
  readonly view: LogView<unknown, unknown> | LatestView<unknown>;
  /** Null until he stands in the live stream. */
  group: Group | null = null;
  left = false;
  /** The newest value meant for him that came while his socket was draining. */
  missed: Buffer | null = null;
  readonly #channel: Channel;
  #exit: (() => void) | undefined;

  constructor(reader: Reader, view: LogView<unknown, unknown> | LatestView<unknown>, channel: Channel) {
    this.reader = reader;
    this.view = view;
    this.#channel = channel;
  }

  /** Takes his place in the channel. @throws whatever the view throws; he has left then */
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
    this.reader.writer.forgive(this);
    this.#channel.part(this);
    this.#exit?.();
  }

  repay(): void {
    this.#channel.repay(this);
  }
}
