import type { Audio, AudioEvent, AudioGrant } from "../audio/audio.ts";
import { requestError } from "../errors.ts";

/** Audio without a server: tokens say what they grant, and webhooks are events as JSON. */
export class FakeAudio implements Audio {
  readonly url = "wss://voice.example.com";
  readonly grants: AudioGrant[] = [];

  async grant(grant: AudioGrant): Promise<string> {
    this.grants.push(grant);
    return `token ${this.grants.length}`;
  }

  async readWebhook(body: string, authorization: string): Promise<AudioEvent | null> {
    if (authorization !== "signed") throw requestError("unauthorized");
    const event = JSON.parse(body);
    return { ...event, at: new Date(event.at) };
  }
}
