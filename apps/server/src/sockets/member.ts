import type { LatestView, LogView } from "@pult/api/realtime/view.ts";
import type { Reader } from "./broadcaster.ts";
import type { Channel, Group } from "./channel.ts";
import type { Owed } from "./socket-writer.ts";

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
