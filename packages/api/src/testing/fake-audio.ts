import type { Audio, AudioEvent, AudioGrant, AudioRight } from "../audio/audio.ts";
import { requestError } from "../errors.ts";
import { type Why, why } from "../outbox/why.ts";

/** Audio without a server: tokens say what they grant, and webhooks are events as JSON. */
export class FakeAudio implements Audio {
  readonly url = "wss://voice.example.com";
  readonly grants: AudioGrant[] = [];
  /** What was changed, oldest first: `identity right`, or `closed`. */
  readonly changes: string[] = [];
  /** How many of the next changes get no answer. */
  failures = 0;

  async grant(grant: AudioGrant): Promise<string> {
    this.grants.push(grant);
    return `token ${this.grants.length}`;
  }

  async setRight({ identity, right }: { identity: string; right: AudioRight }): Promise<Why | null> {
    return this.#change(`${identity} ${right}`);
  }

  async close(): Promise<Why | null> {
    return this.#change("closed");
  }

  #change(change: string): Why | null {
    if (this.failures-- > 0) return why("noAnswer", { service: "LiveKit" });
    this.changes.push(change);
    return null;
  }

  async readWebhook(body: string, authorization: string): Promise<AudioEvent | null> {
    if (authorization !== "signed") throw requestError("unauthorized");
    const event = JSON.parse(body);
    return { ...event, at: new Date(event.at) };
  }
}
