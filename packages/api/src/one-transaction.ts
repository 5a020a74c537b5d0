import type { Transaction } from "@pult/db/database.ts";
import type { Context } from "./context.ts";
import type { Bus } from "./realtime/bus.ts";

/**
 * Runs services as one transaction: all of what they store, or nothing. What they publish leaves after the commit.
 * @param work gets the context for the services; a log that one of them appends to stays locked until the end, so that one comes last
 */
export async function inOneTransaction<Result>(
  ctx: Context,
  work: (ctx: Context, tx: Transaction) => Promise<Result>,
): Promise<Result> {
  const held: (() => void)[] = [];
  const bus: Bus = {
    publishLog: (topic, entries) => held.push(() => ctx.bus.publishLog(topic, entries)),
    publishLatest: (topic, value) => held.push(() => ctx.bus.publishLatest(topic, value)),
    subscribeLog: (topic, listener) => ctx.bus.subscribeLog(topic, listener),
    subscribeLatest: (topic, listener) => ctx.bus.subscribeLatest(topic, listener),
    onGap: (listener) => ctx.bus.onGap(listener),
    get state() {
      return ctx.bus.state;
    },
  };
  const result = await ctx.db.transaction((tx) => work({ ...ctx, db: tx, bus }, tx));
  for (const publish of held) publish();
  return result;
}
