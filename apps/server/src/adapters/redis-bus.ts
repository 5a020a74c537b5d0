import type { Log } from "@pult/api/context.ts";
import type { Bus, LogEntry } from "@pult/api/realtime/bus.ts";
import { Listeners } from "@pult/api/realtime/listeners.ts";
import { z } from "zod";
import type { RedisLink } from "./redis-link.ts";

const envelope = z.object({ node: z.string(), at: z.number() });
const logMessage = envelope.extend({
  entries: z.array(z.object({ epoch: z.string(), offset: z.number(), payload: z.unknown() })),
});
const latestMessage = envelope.extend({ value: z.unknown() });

/** Newest values that could not be sent, kept for as many topics. */
const MAX_UNSENT = 1_000;
/** Each call of `onGap` says one thing about all its listeners. */
const GAP = "gap";

/**
 * The bus of several nodes. What happens here is heard here at once, whatever Redis does. While it is away nothing is queued: when it is
 * back every node is told to read on, the others too, because they cannot know what this one could not send.
 */
export function createRedisBus(link: RedisLink, log: Log): Bus {
  const failed = (error: unknown) => log.error({ err: error }, "A listener failed");
  const logs = new Listeners<LogEntry>(failed);
  const latest = new Listeners<unknown>(failed);
  const gaps = new Listeners<readonly string[] | null>(failed);
  const unsent = new Map<string, { value: unknown; number: number }>();
  let published = 0;
  /** Something may not have reached the others. */
  let lost = false;
  const channelOf = { log: `${link.prefix}log:`, latest: `${link.prefix}latest:`, gap: `${link.prefix}gap` };

  function publish(channel: string, content: object, onLost: () => void): void {
    const message = JSON.stringify({ node: link.node, at: Date.now(), ...content });
    const sent = link.send(message.length, (client) =>
      client.publish(channel, message).catch((error: unknown) => {
        onLost();
        throw error;
      }),
    );
    if (!sent) onLost();
  }

  function keepUnsent(topic: string, value: unknown, number: number): void {
    if ((unsent.get(topic)?.number ?? 0) > number) return;
    unsent.delete(topic);
    unsent.set(topic, { value, number });
    const [oldest] = unsent.keys();
    if (unsent.size > MAX_UNSENT && oldest !== undefined) unsent.delete(oldest);
  }

  function sendLatest(topic: string, value: unknown): void {
    published += 1;
    const number = published;
    publish(channelOf.latest + topic, { value }, () => keepUnsent(topic, value, number));
  }

  const read = <Message>(schema: z.ZodType<Message & { node: string }>, use: (message: Message) => void) => {
    return (text: string) => {
      const parsed = schema.safeParse(parseJson(text));
      if (!parsed.success) log.warn({ bytes: text.length }, "A message from Redis could not be read");
      else if (parsed.data.node !== link.node) use(parsed.data);
    };
  };

  const joinLog = joinOnce((topic) =>
    link.join(
      channelOf.log + topic,
      read(logMessage, ({ at, entries }) => {
        for (const entry of entries) logs.emit(topic, { ...entry, publishedAt: at });
      }),
    ),
  );
  const joinLatest = joinOnce((topic) =>
    link.join(
      channelOf.latest + topic,
      read(latestMessage, ({ value }) => latest.emit(topic, value)),
    ),
  );

  link.join(
    channelOf.gap,
    read(envelope, () => gaps.emit(GAP, null)),
  );
  link.onJoined((channels) => {
    const prefix = channelOf.log;
    const topics = channels.filter((channel) => channel.startsWith(prefix)).map((one) => one.slice(prefix.length));
    if (topics.length > 0) gaps.emit(GAP, topics);
  });
  link.onUp(() => {
    if (lost) {
      lost = false;
      publish(channelOf.gap, {}, () => {
        lost = true;
      });
    }
    const kept = [...unsent];
    unsent.clear();
    for (const [topic, { value }] of kept) sendLatest(topic, value);
    gaps.emit(GAP, null);
  });

  return {
    get state() {
      return link.client ? "connected" : "away";
    },
    publishLog(topic, entries) {
      for (const entry of entries) logs.emit(topic, entry);
      const content = { entries: entries.map(({ epoch, offset, payload }) => ({ epoch, offset, payload })) };
      publish(channelOf.log + topic, content, () => {
        lost = true;
      });
    },
    subscribeLog: (topic, listener) => leaveBoth(logs.add(topic, listener), joinLog(topic)),
    publishLatest(topic, value) {
      latest.emit(topic, value);
      unsent.delete(topic);
      sendLatest(topic, value);
    },
    subscribeLatest: (topic, listener) => leaveBoth(latest.add(topic, listener), joinLatest(topic)),
    onGap: (listener) => gaps.add(GAP, listener),
  };
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

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
