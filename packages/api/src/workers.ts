import type { Context, Deps } from "./context.ts";
import { pause } from "./pause.ts";

/** Work beside the requests. */
export interface WorkerSpec {
  name: string;
  /** The node that holds this lease does it; null for every node. */
  lease: string | null | ((deps: Deps) => string | null);
  /** Works until `signal` aborts. @param ctx acts as the system @param token the lease's fencing token, 0 without a lease */
  run(ctx: Context, signal: AbortSignal, token: number): Promise<void>;
}

/** A worker that does one thing again and again; a failure is logged, and it goes on. */
export function repeating(
  task: { name: string; lease: string; everyMs: number },
  work: (ctx: Context) => Promise<unknown>,
): WorkerSpec {
  const { name, lease, everyMs } = task;
  return {
    name,
    lease,
    async run(ctx, signal) {
      for (await pause(everyMs, signal); !signal.aborted; await pause(everyMs, signal)) {
        await work(ctx).catch((error) => ctx.log.error({ err: error, worker: name }, "A worker failed"));
      }
    },
  };
}
