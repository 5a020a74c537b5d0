import type { RoomEvent } from "@pult/api/trading/schema.ts";
import type { VoiceParticipant } from "@pult/api/trading/voice/schema.ts";
import { Reading } from "../../../trpc/reading.ts";
import type { RoomStore, TradingPort } from "../room-store.ts";
import { saysTooLittle, withNews } from "./people.ts";
import type { SetTimer } from "./room-audio.ts";

const READ_AGAIN_MS = 300;
/** Members of a large room do not all read at once: together no more than 500 times a second. */
const SPREAD_MS_PER_MEMBER = 2;
/** No event tells when a mute is over. */
const RECOUNT_MS = 30_000;

interface PeopleListPorts {
  room: Pick<RoomStore, "state" | "onEvents">;
  port: TradingPort;
  roomId: string;
  setTimer: SetTimer;
  onChange(people: readonly VoiceParticipant[]): void;
}

/** Who is in the voice of a room, kept current by the room's log. */
export class PeopleList {
  readonly #ports: PeopleListPorts;
  readonly #reading = new Reading<RoomEvent>();
  #people: readonly VoiceParticipant[] | null = null;
  #isStopped = false;
  #stopWaiting: (() => void) | null = null;
  readonly #stops: (() => void)[];

  constructor(ports: PeopleListPorts) {
    this.#ports = ports;
    const recount = setInterval(() => document.visibilityState === "visible" && this.#readSoon(), RECOUNT_MS);
    this.#stops = [ports.room.onEvents((event) => this.#hear(event)), () => clearInterval(recount)];
    void this.#read();
  }

  stop(): void {
    this.#isStopped = true;
    this.#stopWaiting?.();
    for (const stop of this.#stops) stop();
  }

  /** Null until it is known. */
  isSpeaker(traderId: string | undefined): boolean | null {
    return this.#people?.some((one) => one.traderId === traderId && one.isSpeaker) ?? null;
  }

  #hear(event: RoomEvent | null): void {
    if (event) this.#reading.hear(event);
    if (!event || !this.#people || saysTooLittle(event)) this.#readSoon();
    if (!event || !this.#people) return;
    const people = withNews(this.#people, event);
    if (people !== this.#people) this.#lay(people);
  }

  #lay(people: readonly VoiceParticipant[]): void {
    this.#people = people;
    this.#ports.onChange(people);
  }

  #readSoon(): void {
    if (this.#stopWaiting || this.#isStopped) return;
    const { room, setTimer } = this.#ports;
    const { members = 0 } = room.state.getState().room ?? {};
    const delayMs = READ_AGAIN_MS + Math.random() * members * SPREAD_MS_PER_MEMBER;
    this.#stopWaiting = setTimer(() => {
      this.#stopWaiting = null;
      void this.#read();
    }, delayMs);
  }

  async #read(): Promise<void> {
    const { port, roomId } = this.#ports;
    const ask = () => port.withSession(({ trading }) => trading.voice.participants.query({ roomId }));
    const read = await this.#reading.read(ask).catch(() => null);
    if (read && !this.#isStopped) this.#lay(read.heard.reduce(withNews, read.answer));
  }
}
