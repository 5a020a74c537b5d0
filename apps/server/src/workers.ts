import { startOutbox } from "@pult/api/outbox/worker.ts";
import { sweepAll } from "@pult/api/retention/retention.ts";
import { slices } from "@pult/api/slices.ts";
import type { BotUpdate } from "@pult/api/telegram/bot.ts";
import { storeUpdates } from "@pult/api/telegram/inbox.ts";
import { removeTopic } from "@pult/api/telegram/remove-topic.ts";
import { type BotHealth, botLease } from "@pult/api/telegram/telegram.ts";
import { telegramWorker } from "@pult/api/telegram/worker.ts";
import { keepResealing } from "@pult/api/vault/reseal.ts";
import { type KeyedWorkerSpec, repeating, type WorkerSpec } from "@pult/api/workers.ts";
import type { LeaseState } from "@pult/db/leases.ts";
import type { App } from "./app.ts";

/** What runs beside the requests. */
export interface Workers {
  /** Whether the database says who holds which lease; without that nothing is delivered. */
  readonly hasLeases: boolean;
  /** Which node speaks to Telegram, and how it answers this one; null without a bot. */
  readonly bot: { lease: LeaseState; health: BotHealth } | null;
  /** Stores webhook updates, to be worked off by the node that holds the bot's lease. */
  receiveUpdates(updates: readonly BotUpdate[]): Promise<void>;
  stop(): Promise<void>;
}

const UPKEEP_LEASE = "upkeep";
const SWEEP_MS = 60 * 60_000;

/** Starts the outbox and every worker, each on the node that holds its lease. */
export function startWorkers({ env, deps, leases, system }: App): Workers {
  const { telegram } = deps;
  const receivers = slices.flatMap((slice) => slice.telegram ?? []);
  const specs = [
    ...slices.flatMap((slice) => slice.workers),
    ...(telegram ? [telegramWorker(receivers)] : []),
    repeating({ name: "retention", lease: UPKEEP_LEASE, everyMs: SWEEP_MS }, sweepAll),
    ...(env.ENCRYPTION_KEY_PREVIOUS ? [resealing] : []),
  ];
  const handlers = Object.assign({ "telegram.removeTopic": removeTopic }, ...slices.map((slice) => slice.outbox));
  const outbox = startOutbox({ deps, leases, handlers });
  const keyed = slices
    .flatMap(({ keyedWorkers = [] }) => keyedWorkers)
    .map((spec) => holdEach(spec, { leases, system }));
  const everywhere = new AbortController();
  const stops = specs.map((spec) => {
    const lease = typeof spec.lease === "function" ? spec.lease(deps) : spec.lease;
    if (lease !== null) return leases.hold(lease, ({ signal, token }) => spec.run(system, signal, token));
    const running = spec
      .run(system, everywhere.signal, 0)
      .catch((error) => deps.log.error({ err: error, worker: spec.name }, "A worker stopped"));
    return () => running;
  });
  return {
    get hasLeases() {
      return leases.stateOf(UPKEEP_LEASE) !== "unknown";
    },
    get bot() {
      return telegram ? { lease: leases.stateOf(botLease(telegram.botId)), health: telegram.health } : null;
    },
    receiveUpdates: (updates) => storeUpdates(deps, updates),
    async stop() {
      everywhere.abort();
      await Promise.all([outbox.stop(), ...keyed.map((stop) => stop()), ...stops.map((stop) => stop())]);
    },
  };
}

/** Holds the lease of each thing there is, and gives back those of what is gone. @returns stop */
function holdEach(spec: KeyedWorkerSpec, { leases, system }: Pick<App, "leases" | "system">): () => Promise<void> {
  const ending = new AbortController();
  const withdrawals = new Map<string, () => Promise<void>>();
  const { run } = repeating({ ...spec, lease: null }, async (ctx) => {
    const wanted = new Set(await spec.leases(ctx));
    if (ending.signal.aborted) return;
    for (const [name, withdraw] of withdrawals) {
      if (wanted.has(name)) continue;
      withdrawals.delete(name);
      await withdraw();
    }
    for (const name of wanted) {
      if (!withdrawals.has(name))
        withdrawals.set(
          name,
          leases.hold(name, (lease) => spec.run(system, lease)),
        );
    }
  });
  const looking = run(system, ending.signal, 0);
  return async () => {
    ending.abort();
    await looking;
    await Promise.all([...withdrawals.values()].map((withdraw) => withdraw()));
  };
}

const resealing: WorkerSpec = {
  name: "vault.reseal",
  lease: UPKEEP_LEASE,
  async run(ctx, signal) {
    await keepResealing(ctx, signal);
    if (!signal.aborted) await new Promise((resolve) => signal.addEventListener("abort", resolve, { once: true }));
  },
};
