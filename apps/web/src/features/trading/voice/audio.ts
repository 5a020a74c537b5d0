/** Who is in the audio of a room, as the audio itself tells. */
export interface AudioPerson {
  traderId: string;
  userId: string;
  name: string | null;
  isSpeaking: boolean;
}

export interface AudioListeners {
  onPeople(people: readonly AudioPerson[]): void;
  /** The connection broke and is being restored, or is back. */
  onReconnecting(isReconnecting: boolean): void;
  /** The browser plays nothing until the reader has pressed something. */
  onBlocked(isBlocked: boolean): void;
  /** It ended for good: by another connection of the same trader, or because it could not be restored. */
  onEnd(end: "elsewhere" | "lost"): void;
}

/** Why a microphone is not to be had. */
export type MicrophoneProblem = "refused" | "missing" | "busy" | "failed";

export class MicrophoneError extends Error {
  readonly problem: MicrophoneProblem;
  constructor(problem: MicrophoneProblem, options?: ErrorOptions) {
    super(`No microphone: ${problem}`, options);
    this.problem = problem;
  }
}

/** A connection to the audio of a room: what others say is played as long as it is open. */
export interface AudioLink {
  /** Lets the room hear this trader, or no longer. @throws MicrophoneError */
  setMicrophone(isOn: boolean): Promise<void>;
  /** Plays what the browser held back; to be called when the reader presses something. */
  play(): Promise<void>;
  close(): void;
}

/** @param signal gives up the attempt */
export type OpenAudio = (
  target: { url: string; token: string },
  listeners: AudioListeners,
  signal: AbortSignal,
) => Promise<AudioLink>;
