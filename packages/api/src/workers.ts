import type { Lease } from "@pult/db/leases.ts";
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

/** Work on many things of one kind, each on the node that holds its lease. */
export interface KeyedWorkerSpec {
  name: string;
  /** How often it is looked what there is. */
  everyMs: number;
  /** A latest-value topic: it is looked again whenever something is published there. */
  wokenBy: string;
  /** A lease for each of the things there are. */
  leases(ctx: Context): Promise<string[]>;
  /** Works on one thing until its lease ends; one that ends by itself is begun again while it is still there. */
  run(ctx: Context, lease: Lease): Promise<void>;
}

interface Task extends Pick<WorkerSpec, "name" | "lease"> {
  everyMs: number;
  /** A latest-value topic: the work begins at once, and again whenever something is published there. */
  wokenBy?: string;
}

/** A worker that does one thing again and again; a failure is logged, and it goes on. */
export function repeating(
  { name, lease, everyMs, wokenBy }: Task,
  work: (ctx: Context) => Promise<unknown>,
): WorkerSpec {
  return {
    name,
    lease,
    async run(ctx, signal) {
      let isDue = wokenBy !== undefined;
      let wake = () => {};
      const stop = wokenBy
        ? ctx.bus.subscribeLatest(wokenBy, () => {
            isDue = true;
            wake();
          })
        : () => {};
      while (!signal.aborted) {
        if (!isDue) {
          const waiting = new AbortController();
          wake = () => waiting.abort();
          await pause(everyMs, AbortSignal.any([signal, waiting.signal]));
        }
        if (signal.aborted) break;
        isDue = false;
        await work(ctx).catch((error) => ctx.log.error({ err: error, worker: name }, "A worker failed"));
      }
      stop();
    },
  };
}
