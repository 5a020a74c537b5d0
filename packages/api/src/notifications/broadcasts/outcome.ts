import type { Context } from "../../context.ts";
import { broadcastsTopic } from "../events.ts";
import { selectBroadcasts } from "./rows.ts";
import type { Broadcast, BroadcastEvent, BroadcastTarget } from "./schema.ts";

/** How soon the database is asked for an outcome that was not heard of. */
const ASK_MS = 2_000;

/** The first target of a broadcast once there is nothing left to do; null when there still is after `timeoutMs`. */
export async function outcomeOf(ctx: Context, { id }: Broadcast, timeoutMs: number): Promise<BroadcastTarget | null> {
  const { promise, resolve } = Promise.withResolvers<BroadcastTarget | null>();
  const look = ({ targets: [target] }: Pick<Broadcast, "targets">) => {
    if (target?.finishedAt) resolve(target);
  };
  const ask = async () => {
    const [broadcast] = await selectBroadcasts(ctx.db, [id]);
    if (broadcast) look(broadcast);
    return broadcast?.targets[0] ?? null;
  };
  const stop = ctx.bus.subscribeLog(broadcastsTopic.name("all"), ({ payload }) => {
    const event = payload as BroadcastEvent | null;
    if (event?.broadcast.id === id) look(event.broadcast);
  });
  const failed = (error: unknown) => ctx.log.warn({ err: error }, "Failed to read a broadcast");
  const asking = setInterval(() => void ask().catch(failed), ASK_MS);
  const timer = setTimeout(
    () =>
      void ask().then(
        () => resolve(null),
        () => resolve(null),
      ),
    timeoutMs,
  );
  void ask().catch(failed);
  try {
    return await promise;
  } finally {
    stop();
    clearInterval(asking);
    clearTimeout(timer);
  }
}
