import type { Logger } from "@pult/api/logger.ts";
import { assertValue, type Bus, type BusState, type LogEntry } from "@pult/api/realtime/bus.ts";
import { Listeners } from "@pult/api/realtime/listeners.ts";
import { z } from "zod";
import { parseJson } from "./parse-json.ts";
import type { RedisLink } from "./redis-link.ts";

const envelope = z.object({ node: z.string(), at: z.number() });
const logMessage = envelope.extend({
  entries: z.array(z.object({ epoch: z.string(), offset: z.number(), payload: z.unknown() })),
});
const latestMessage = envelope.extend({ value: z.unknown() });

/** Newest values that could not be sent, kept for as many topics. */
const MAX_UNSENT = 1_000;
/** Gaps have listeners but no topics. */
const GAP = "gap";

/**
 * The bus of several nodes. What happens here is heard here at once, whatever Redis does. While it is away nothing is queued: when it is
 * back every node is told to read on, the others too, because they cannot know what this one could not send.
 */
export class RedisBus implements Bus {
  readonly #link: RedisLink;
  readonly #log: Logger;
  readonly #logs: Listeners<LogEntry>;
  readonly #latest: Listeners<unknown>;
  readonly #gaps: Listeners<readonly string[] | null>;
  readonly #joinLog: (topic: string) => () => void;
  readonly #joinLatest: (topic: string) => () => void;
  readonly #channels: { log: string; latest: string; gap: string };
  readonly #unsent = new Map<string, { value: unknown; number: number }>();
  #published = 0;
  /** Something may not have reached the others. */
  #lost = false;

  constructor(link: RedisLink, log: Logger) {
    this.#link = link;
    this.#log = log;
    const failed = (error: unknown) => log.error({ err: error }, "A listener failed");
    this.#logs = new Listeners(failed);
    this.#latest = new Listeners(failed);
    this.#gaps = new Listeners(failed);
    const { prefix } = link;
    const channels = { log: `${prefix}log:`, latest: `${prefix}latest:`, gap: `${prefix}gap` };
    this.#channels = channels;
    this.#joinLog = joinOnce((topic) =>
      link.join(
        channels.log + topic,
        this.#reader(logMessage, ({ at, entries }) => {
          for (const entry of entries) this.#logs.emit(topic, { ...entry, publishedAt: at });
        }),
      ),
    );
    this.#joinLatest = joinOnce((topic) =>
      link.join(
        channels.latest + topic,
        this.#reader(latestMessage, ({ value }) => this.#latest.emit(topic, value)),
      ),
    );
    link.join(
      channels.gap,
      this.#reader(envelope, () => this.#gaps.emit(GAP, null)),
    );
    link.onJoined((joined) => this.#tellJoined(joined));
    link.onUp(() => this.#heal());
  }

  get state(): BusState {
    return this.#link.client ? "connected" : "away";
  }

  publishLog(topic: string, entries: readonly LogEntry[]): void {
    for (const entry of entries) this.#logs.emit(topic, entry);
    const content = { entries: entries.map(({ epoch, offset, payload }) => ({ epoch, offset, payload })) };
    this.#send(this.#channels.log + topic, content, () => {
      this.#lost = true;
    });
  }

  subscribeLog(topic: string, listener: (entry: LogEntry) => void): () => void {
    return leaveBoth(this.#logs.add(topic, listener), this.#joinLog(topic));
  }

  publishLatest(topic: string, value: unknown): void {
    assertValue(topic, value);
    this.#latest.emit(topic, value);
    this.#unsent.delete(topic);
    this.#sendLatest(topic, value);
  }

  subscribeLatest(topic: string, listener: (value: unknown) => void): () => void {
    return leaveBoth(this.#latest.add(topic, listener), this.#joinLatest(topic));
  }

  onGap(listener: (topics: readonly string[] | null) => void): () => void {
    return this.#gaps.add(GAP, listener);
  }

  #send(channel: string, content: object, onLost: () => void): void {
    const message = JSON.stringify({ node: this.#link.node, at: Date.now(), ...content });
    const sent = this.#link.send(message.length, (client) =>
      client.publish(channel, message).catch((error: unknown) => {
        onLost();
        throw error;
      }),
    );
    if (!sent) onLost();
  }

  #sendLatest(topic: string, value: unknown): void {
    this.#published += 1;
    const number = this.#published;
    this.#send(this.#channels.latest + topic, { value }, () => this.#keepUnsent(topic, value, number));
  }

  #keepUnsent(topic: string, value: unknown, number: number): void {
    const unsent = this.#unsent;
    if ((unsent.get(topic)?.number ?? 0) > number) return;
    unsent.delete(topic);
    unsent.set(topic, { value, number });
    const [oldest] = unsent.keys();
    if (unsent.size > MAX_UNSENT && oldest !== undefined) unsent.delete(oldest);
  }

  /** What others publish is heard from now on; what they published until now may have been missed. */
  #tellJoined(channels: readonly string[]): void {
    const { log } = this.#channels;
    const topics = channels.filter((channel) => channel.startsWith(log)).map((channel) => channel.slice(log.length));
    if (topics.length > 0) this.#gaps.emit(GAP, topics);
  }

  #heal(): void {
    if (this.#lost) {
      this.#lost = false;
      this.#send(this.#channels.gap, {}, () => {
        this.#lost = true;
      });
    }
    const unsent = [...this.#unsent];
    this.#unsent.clear();
    for (const [topic, { value }] of unsent) this.#sendLatest(topic, value);
    this.#gaps.emit(GAP, null);
  }

  #reader<Message extends { node: string }>(schema: z.ZodType<Message>, use: (message: Message) => void) {
    return (text: string) => {
      const parsed = schema.safeParse(parseJson(text));
      if (!parsed.success) this.#log.warn({ bytes: text.length }, "A message from Redis could not be read");
      else if (parsed.data.node !== this.#link.node) use(parsed.data);
    };
  }
}

/** One subscription for any number of listeners of a topic. */
function joinOnce(join: (topic: string) => () => void): (topic: string) => () => void {
  const held = new Map<string, { listeners: number; leave: () => void }>();
  return (topic) => {
    const one = held.get(topic) ?? { listeners: 0, leave: join(topic) };
    held.set(topic, one);
    one.listeners += 1;
    return () => {
      one.listeners -= 1;
      if (one.listeners > 0) return;
      held.delete(topic);
      one.leave();
    };
  };
}

function leaveBoth(leave: () => void, part: () => void): () => void {
  let left = false;
  return () => {
    if (left) return;
    left = true;
    leave();
    part();
  };
}
