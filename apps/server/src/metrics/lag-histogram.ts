import { Histogram, type Registry } from "prom-client";
import { LAG_BOUNDS_MS, type RealtimeStats } from "./realtime-stats.ts";

const NAME = "pult_publish_to_socket_seconds";
const HELP = "From publishing an event to handing it to the sockets";

/** The lag as Prometheus knows histograms, made from buckets that were counted without it. */
export function lagHistogram(registry: Registry, lag: RealtimeStats["lag"]): void {
  registry.registerMetric(new CountedHistogram(lag));
}

/** prom-client observes one value at a time; here they are counted already. */
class CountedHistogram extends Histogram {
  readonly #lag: RealtimeStats["lag"];

  constructor(lag: RealtimeStats["lag"]) {
    super({ name: NAME, help: HELP, registers: [] });
    this.#lag = lag;
  }

  /** What the text is made from, and `get` too. */
  async getForPromString(): Promise<object> {
    let count = 0;
    const buckets = [...this.#lag.counts].map((inBucket, index) => {
      const bound = LAG_BOUNDS_MS[index];
      count += inBucket;
      const le = bound === undefined ? "+Inf" : bound / 1000;
      return { metricName: `${NAME}_bucket`, labels: { le }, sharedLabels: {}, value: count };
    });
    const totals = [
      { metricName: `${NAME}_sum`, labels: {}, sharedLabels: {}, value: this.#lag.sumMs / 1000 },
      { metricName: `${NAME}_count`, labels: {}, sharedLabels: {}, value: count },
    ];
    return { name: NAME, help: HELP, type: "histogram", aggregator: "sum", values: [...buckets, ...totals] };
  }
}
