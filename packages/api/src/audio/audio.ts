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

/** What an audio server tells: who came and went. */
export type AudioEvent =
  | { type: "joined" | "left"; room: string; identity: string; sid: string; at: Date }
  | { type: "finished"; room: string; at: Date };

/** The audio of rooms, of an outside server. */
export interface Audio {
  /** Where clients connect. */
  readonly url: string;
  /** @returns a token for a connection that begins within ten minutes */
  grant(grant: AudioGrant): Promise<string>;
  /**
   * Reads a webhook.
   * @param body as it came
   * @returns null for what is no news of rooms
   * @throws DomainError `UNAUTHORIZED` for a wrong signature
   */
  readWebhook(body: string, authorization: string): Promise<AudioEvent | null>;
}
