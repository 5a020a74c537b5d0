import { tracked } from "@trpc/server";
import type { Bus } from "./bus.ts";
import { followWithReplay } from "./follow.ts";
import type { LogFeeds } from "./log-feeds.ts";
import { Attachment, type LatestView, type LogView } from "./view.ts";

/** What a subscription needs of its call. */
export interface StreamContext {
  bus: Bus;
  feeds: LogFeeds;
  /** The transport delivers to many by itself; it is handed an `Attachment`. */
  fansOut: boolean;
}

interface LogOptions {
  lastEventId?: string | null | undefined;
  signal: AbortSignal | undefined;
}

type Positioned<Snapshot> = { type: "position"; recovered: boolean; snapshot?: Snapshot };
type Heartbeat = { type: "heartbeat"; head: string };

/**
 * A followed log in tRPC's terms: position and events are `tracked` by `epoch:offset`, heartbeats are not.
 * The snapshot is read after the position was taken, so it is at least as new, and what follows repeats at worst what it holds already.
 */
export async function* streamLog<Event, Snapshot>(
  ctx: StreamContext,
  view: LogView<Event | null, Snapshot>,
  { lastEventId, signal = AbortSignal.abort() }: LogOptions,
) {
  if (ctx.fansOut) {
    yield handOver<ReturnType<typeof tracked<Event | Positioned<Snapshot>>> | Heartbeat>(view, lastEventId);
    return;
  }
  const leave = view.entered?.();
  try {
    for (let isAnew = false; !signal.aborted; isAnew = true) {
      const again = new AbortController();
      const stop = view.changes?.(() => again.abort());
      try {
        const until = AbortSignal.any([signal, again.signal]);
        yield* followStepwise(ctx, view, { lastEventId, isAnew, signal: until });
      } finally {
        stop?.();
      }
    }
  } finally {
    leave?.();
  }
}

async function* followStepwise<Event, Snapshot>(
  { feeds }: StreamContext,
  view: LogView<Event | null, Snapshot>,
  options: LogOptions & { isAnew: boolean; signal: AbortSignal },
) {
  for await (const item of followWithReplay({ feeds, topic: view.topic, ...options })) {
    if (item.type === "heartbeat") yield { type: "heartbeat" as const, head: item.head };
    else if (item.type === "position") yield tracked(item.id, await positionOf(view, item.recovered));
    else {
      const event = view.present(item.payload);
      if (event !== null) yield tracked(item.id, event);
    }
  }
}

async function positionOf<Event, Snapshot>(
  view: LogView<Event, Snapshot>,
  recovered: boolean,
): Promise<Positioned<Snapshot>> {
  return { type: "position", recovered, ...(recovered ? {} : { snapshot: await view.snapshot() }) };
}

/** The newest value of a topic, again whenever it changes; a reader who is busy gets only the newest, of each subject. */
export async function* streamLatest<Value>(
  ctx: StreamContext,
  view: LatestView<Value>,
  { signal = AbortSignal.abort() }: Pick<LogOptions, "signal">,
) {
  if (ctx.fansOut) {
    yield handOver<Value>(view, null);
    return;
  }
  const owed = new Map<string, Value>();
  let wake = () => {};
  const stop = subscribeLatest(ctx.bus, view, (value) => {
    if (!isMeantFor(view, value)) return;
    owed.set(view.subjectOf?.(value) ?? "", value);
    wake();
  });
  signal.addEventListener("abort", () => wake(), { once: true });
  const leave = view.entered?.();
  try {
    const now = (await view.read?.()) ?? view.newest?.() ?? null;
    if (now !== null && owed.size === 0) yield now;
    while (!signal.aborted) {
      const [next] = owed;
      if (next) {
        owed.delete(next[0]);
        yield next[1];
      } else
        await new Promise<void>((resolve) => {
          wake = resolve;
        });
    }
  } finally {
    leave?.();
    stop();
  }
}

/** Hears a view's values, wherever they come from. @returns stop */
export function subscribeLatest<Value>(
  bus: Bus,
  view: LatestView<Value>,
  listener: (value: Value) => void,
): () => void {
  return view.subscribe?.(listener) ?? bus.subscribeLatest(view.topic, (value) => listener(value as Value));
}

const isMeantFor = <Value>(view: LatestView<Value>, value: Value): boolean =>
  view.reader === null || view.notFor?.(value) !== view.reader;

/** An attachment under the type of what its transport will deliver in its place. */
function handOver<Delivered>(
  view: LogView<unknown, unknown> | LatestView<unknown>,
  lastEventId: string | null | undefined,
): Delivered {
  return new Attachment(view, lastEventId ?? null) as Delivered;
}
