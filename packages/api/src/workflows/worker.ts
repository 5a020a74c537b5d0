import type { Context } from "../context.ts";
import { pause } from "../pause.ts";
import type { WorkerSpec } from "../workers.ts";
import { workflowsTopic } from "./events.ts";

export const EVENT_WORKER_TIMES = {
  /** How often the logs are looked at while there is anything to do with events. */
  busyMs: 1_000,
  /** How often it is looked whether there is; a change made on this or another node tells at once. */
  idleMs: 60_000,
};

/** Does something with events again and again, and rests while nothing wants them. @param step returns whether anything does */
export const eventWorker = (
  { name, lease }: { name: string; lease: string },
  step: (ctx: Context, token: number) => Promise<boolean>,
): WorkerSpec => ({
  name,
  lease,
  async run(ctx, signal, token) {
    let isDue = false;
    let wake = () => {};
    const stop = ctx.bus.subscribeLatest(workflowsTopic.name("changed"), () => {
      isDue = true;
      wake();
    });
    while (!signal.aborted) {
      isDue = false;
      const isBusy = await step(ctx, token).catch((error: unknown) => {
        ctx.log.error({ err: error, worker: name }, "A worker failed");
        return true;
      });
      if (isDue) continue;
      const waiting = new AbortController();
      wake = () => waiting.abort();
      const { busyMs, idleMs } = EVENT_WORKER_TIMES;
      await pause(isBusy ? busyMs : idleMs, AbortSignal.any([signal, waiting.signal]));
    }
    stop();
  },
});
