import { tracked } from "@trpc/server";
import { type FollowOptions, followWithReplay } from "./follow.ts";

interface Presentation<Event, Snapshot> extends FollowOptions {
  /** Shows a stored event to this reader. */
  present(payload: unknown): Event;
  /** The state to start from when the asked-for position cannot be continued. */
  snapshot(): Promise<Snapshot>;
}

/**
 * A followed log in tRPC's terms: position and events are `tracked` by `epoch:offset`, heartbeats are not.
 * The snapshot is read after the position was taken, so it is at least as new, and what follows repeats at worst what it holds already.
 */
export async function* trackedLog<Event, Snapshot>(options: Presentation<Event, Snapshot>) {
  for await (const item of followWithReplay(options)) {
    switch (item.type) {
      case "position":
        yield tracked(item.id, {
          type: "position" as const,
          recovered: item.recovered,
          ...(item.recovered ? {} : { snapshot: await options.snapshot() }),
        });
        break;
      case "event":
        yield tracked(item.id, options.present(item.payload));
        break;
      case "heartbeat":
        yield { type: "heartbeat" as const, head: item.head };
    }
  }
}
