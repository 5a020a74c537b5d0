import type { AudioLink, AudioListeners, AudioPerson, OpenAudio } from "./audio.ts";

/** `none`: the server has no audio. */
export interface AudioSnapshot {
  audio: "none" | "connecting" | "connected" | "reconnecting";
  /** As the audio tells; null without it. */
  inAudio: readonly AudioPerson[] | null;
  /** The browser plays nothing yet. */
  isBlocked: boolean;
}
export const NO_AUDIO: AudioSnapshot = { audio: "none", inAudio: null, isBlocked: false };

/** @returns the way to give it up */
export type SetTimer = (run: () => void, delayMs: number) => () => void;

interface RoomAudioPorts {
  openAudio: OpenAudio;
  setTimer: SetTimer;
  onChange(change: Partial<AudioSnapshot>): void;
  onConnected(): void;
  /** Another connection of this trader is there. */
  onElsewhere(): void;
  /** Asks for a fresh token, as the old one only opens for minutes; `connect` or `retry` follows. */
  renew(): void;
}

const MAX_PAUSE_MS = 30_000;

/** The connection to a room's audio, made anew for as long as it is wanted. */
export class RoomAudio {
  readonly #ports: RoomAudioPorts;
  /** Of the connection that counts: what an earlier one tells is ignored. */
  #run: AbortController | null = null;
  #link: AudioLink | null = null;
  #failures = 0;

  constructor(ports: RoomAudioPorts) {
    this.#ports = ports;
  }

  /** Null while there is no connection. */
  get link(): AudioLink | null {
    return this.#link;
  }

  async connect(target: { url: string; token: string }): Promise<void> {
    const run = this.#begin();
    const isCurrent = () => this.#run === run;
    const { openAudio, onChange, onConnected } = this.#ports;
    onChange({ audio: this.#failures > 0 ? "reconnecting" : "connecting" });
    try {
      const link = await openAudio(target, this.#listeners(isCurrent), run.signal);
      if (!isCurrent()) return link.close();
      this.#link = link;
      this.#failures = 0;
      onChange({ audio: "connected" });
      onConnected();
    } catch {
      if (isCurrent()) this.retry();
    }
  }

  /** Connects anew, later after each failure. */
  retry(): void {
    const run = this.#begin();
    const { setTimer, onChange, renew } = this.#ports;
    onChange({ audio: "reconnecting", inAudio: null });
    const delayMs = Math.min(MAX_PAUSE_MS, 1_000 * 2 ** this.#failures++);
    run.signal.addEventListener("abort", setTimer(renew, delayMs));
  }

  close(): void {
    this.#run?.abort();
    this.#run = null;
    this.#link?.close();
    this.#link = null;
  }

  #begin(): AbortController {
    this.close();
    this.#run = new AbortController();
    return this.#run;
  }

  #listeners(isCurrent: () => boolean): AudioListeners {
    const { onChange, onElsewhere } = this.#ports;
    const whileCurrent =
      <Input extends unknown[]>(tell: (...input: Input) => void) =>
      (...input: Input) => {
        if (isCurrent()) tell(...input);
      };
    return {
      onPeople: whileCurrent((inAudio) => onChange({ inAudio })),
      onReconnecting: whileCurrent((isBroken) => onChange({ audio: isBroken ? "reconnecting" : "connected" })),
      onBlocked: whileCurrent((isBlocked) => onChange({ isBlocked })),
      onEnd: whileCurrent((end) => {
        if (end === "elsewhere") onElsewhere();
        // While it is being opened, the attempt itself fails.
        else if (this.#link) this.retry();
      }),
    };
  }
}
