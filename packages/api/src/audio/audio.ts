import type { Why } from "../outbox/why.ts";

/** What a token lets its holder do: enter one room as one identity, and hear it. */
export interface AudioGrant {
  room: string;
  identity: string;
  /** As lists of people name them; the others in the room are told it. */
  traderId: string;
  name: string | null;
  /** Whether they may also speak. */
  maySpeak: boolean;
}

/** What a participant may do from now on, whatever their token says; `none` ends their connection. */
export type AudioRight = "none" | "hear" | "speak";

/** What an audio server tells: who came and went. `maySpeak` is what the participant may do there. */
export type AudioEvent =
  | { type: "joined"; room: string; identity: string; sid: string; maySpeak: boolean; at: Date }
  | { type: "left"; room: string; identity: string; sid: string; at: Date }
  | { type: "finished"; room: string; at: Date };

/** The audio of rooms, of an outside server. */
export interface Audio {
  /** Where clients connect. */
  readonly url: string;
  /** @returns a token for a connection that begins within ten minutes */
  grant(grant: AudioGrant): Promise<string>;
  /**
   * Changes what a participant may do; one who is not connected needs no change.
   * @returns why it did not, when another try may
   */
  setRight(of: { room: string; identity: string; right: AudioRight }): Promise<Why | null>;
  /** Ends every connection to a room. @returns as `setRight` */
  close(room: string): Promise<Why | null>;
  /**
   * Reads a webhook.
   * @param body as it came
   * @returns null for what is no news of rooms
   * @throws DomainError `UNAUTHORIZED` for a wrong signature
   */
  readWebhook(body: string, authorization: string): Promise<AudioEvent | null>;
}
