import { Attachment, type LatestView, type LogView } from "@pult/api/realtime/view.ts";
import { TestBus } from "@pult/api/testing/test-bus.ts";
import { afterAll, afterEach, beforeAll, beforeEach, expect } from "vitest";
import { RealtimeCounters } from "../metrics/realtime-stats.ts";
import { Broadcaster } from "./broadcaster.ts";
import type { Envelope, Member } from "./channel.ts";
import { SocketWriter, WriteTick } from "./socket-writer.ts";
import { MemoryLogs, openLog, openPairs, type Pair } from "./test-sockets.ts";

export const LOG = "t.log:1";
export const LATEST = "t.latest:1";

export const QUEUE_BYTES = 1024 * 1024;

const ENVELOPE: Envelope = {
  name: "test",
  tracked: (id, json) => `[${id}]${json}`,
  heartbeat: (id) => `[${id}]beat`,
  value: (json) => json,
};

/** One reader of one topic over a socket of his own. */
interface Joined {
  pair: Pair;
  member: Member;
  writer: SocketWriter;
  refused: unknown[];
  slow: number;
  /** Resolves once this text has come. */
  got(text: string): Promise<string>;
}

/** A broadcaster with readers on real sockets, new for every test. */
export function useBroadcaster() {
  let pairs: Awaited<ReturnType<typeof openPairs>>;
  let bus: TestBus;
  let logs: MemoryLogs;
  let counters: RealtimeCounters;
  let broadcaster: Broadcaster;
  let tick: WriteTick;
  let failures: unknown[];
  let inside: number;
  let presented: number;
  /** A socket has one writer. */
  const writers = new WeakMap<Pair, SocketWriter>();

  beforeAll(async () => {
    pairs = await openPairs();
  });
  afterAll(() => pairs.close());
  beforeEach(() => {
    bus = new TestBus();
    logs = new MemoryLogs(bus);
    counters = new RealtimeCounters();
    failures = [];
    inside = 0;
    presented = 0;
    const failed = (error: unknown) => failures.push(error);
    tick = new WriteTick((ms) => counters.lag.observe(ms), failed);
    broadcaster = new Broadcaster({ bus, feeds: logs, tick, counters, failed });
  });
  afterEach(() => {
    expect(bus.failures).toEqual([]);
  });

  const entered = () => {
    inside += 1;
    return () => {
      inside -= 1;
    };
  };
  const present = (payload: unknown) => {
    presented += 1;
    return payload;
  };
  const logView = (over: Partial<LogView<unknown, unknown>> = {}) =>
    openLog(LOG, { entered, present, snapshot: async () => "snapshot", ...over });
  const latestView = (over: Partial<LatestView<unknown>> = {}): LatestView<unknown> => ({
    kind: "latest",
    topic: LATEST,
    mayRead: () => true,
    reader: null,
    entered,
    ...over,
  });

  async function join(
    view: LogView<unknown, unknown> | LatestView<unknown>,
    {
      lastEventId = null,
      head = "",
      pair = null,
    }: { lastEventId?: string | null; head?: string; pair?: Pair | null } = {},
  ): Promise<Joined> {
    const on = pair ?? (await pairs.open());
    const writer = writers.get(on) ?? new SocketWriter(on.server, { tick, queueBytes: QUEUE_BYTES });
    writers.set(on, writer);
    const joined = {
      pair: on,
      writer,
      refused: [] as unknown[],
      slow: 0,
      got: (text: string) => on.texts.first((one) => one === text),
    };
    const reader = {
      writer,
      envelope: ENVELOPE,
      head: Buffer.from(head),
      tooSlow() {
        joined.slow += 1;
        result.member.leave();
      },
      begun: () => {},
      refuse: (error: unknown) => joined.refused.push(error),
    };
    const result: Joined = Object.assign(joined, {
      member: broadcaster.attach(reader, new Attachment(view, lastEventId)),
    });
    return result;
  }

  /** Joined, and standing in the live stream. */
  async function live(view: LogView<unknown, unknown>, head = ""): Promise<Joined> {
    const joined = await join(view, { head });
    await joined.pair.texts.first(() => true);
    return joined;
  }

  const leaveAll = (...all: Joined[]) => {
    for (const { member } of all) member.leave();
    expect([broadcaster.topics, logs.opened, inside, counters.subscriptions]).toEqual([0, 0, 0, { log: 0, latest: 0 }]);
  };

  return {
    join,
    live,
    leaveAll,
    logView,
    latestView,
    get pairs() {
      return pairs;
    },
    get bus() {
      return bus;
    },
    get logs() {
      return logs;
    },
    get counters() {
      return counters;
    },
    get broadcaster() {
      return broadcaster;
    },
    get failures() {
      return failures;
    },
    get inside() {
      return inside;
    },
    get presented() {
      return presented;
    },
  };
}

export const fail = (error: Error) => (): never => {
  throw error;
};

/** What was begun in this turn and waits for nothing outside has happened. */
export const settled = async (): Promise<void> => {
  for (let turn = 0; turn < 5; turn++) await new Promise((resolve) => setImmediate(resolve));
};
