import { type Child, json, LIFTED, percentiles, startChild } from "../setup.ts";
import type { Report } from "./client.ts";
import { SECRET, TOPICS, type TopicName } from "./topics.ts";

/** A node of the product, with the benchmark's topics. Says its port first. */
export const startNode = (env: Record<string, string>): Child =>
  startChild("./hold/server.ts", [], {
    execArgv: ["--expose-gc"],
    env: { ...LIFTED, JWT_SECRET: SECRET, ...env },
  });

export const startCustomers = (): Child => startChild("./hold/client.ts");

export const wait = (seconds: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, seconds * 1_000));

/** How long events took, by topic, with other figures. */
export function show({ delays }: Report, figures: Record<string, string | number>): void {
  const rounded = Object.entries(figures).map(([name, value]) => [
    name,
    typeof value === "number" ? Number(value.toFixed(2)) : value,
  ]);
  if (!json) console.log(rounded.map(([name, value]) => `${name} ${value}`).join("  "));
  for (const topic of Object.keys(TOPICS) as TopicName[]) {
    const [p50 = 0, p99 = 0, p999 = 0] = percentiles(delays[topic], [0.5, 0.99, 0.999]);
    const deliveries = delays[topic].length;
    if (json) console.log(JSON.stringify({ ...Object.fromEntries(rounded), topic, deliveries, p50, p99, p999 }));
    else
      console.log(
        `${topic.padEnd(9)} ${deliveries} deliveries  p50 ${p50.toFixed(1)} ms  p99 ${p99.toFixed(1)} ms  p99.9 ${p999.toFixed(1)} ms`,
      );
  }
}
