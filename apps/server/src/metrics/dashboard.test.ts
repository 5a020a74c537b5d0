import { readFileSync } from "node:fs";
import { Durations } from "@pult/api/counts.ts";
import { expect, it } from "vitest";
import { RealtimeCounters } from "./realtime-stats.ts";
import { createRegistry, declaredMetrics } from "./registry.ts";

interface Panel {
  id: number;
  title: string;
  type: string;
  gridPos: { x: number; y: number; w: number; h: number };
  targets?: { expr: string; datasource: { uid: string } }[];
}

const dashboard = JSON.parse(readFileSync(new URL("../../../../docs/grafana/pult.json", import.meta.url), "utf8")) as {
  panels: Panel[];
  templating: { list: { name: string }[] };
};
const targets = dashboard.panels.flatMap((panel) => panel.targets ?? []);
const registry = createRegistry({
  realtime: new RealtimeCounters(),
  bus: () => ({ state: "alone", gaps: 0 }),
  online: () => 0,
  rateLimited: () => 0,
  declared: declaredMetrics().map((metric) => ({
    ...metric,
    read: () => (metric.kind === "histogram" ? new Durations([1]) : 0),
  })),
});

/** Names of series in an expression: what stands before its selector. */
const namesIn = (expr: string) => [...expr.matchAll(/([a-z0-9_]+)\{/g)].map(([, name]) => name ?? "");

it("asks only for series that are served", async () => {
  const text = await registry.metrics();
  const missing = [...new Set(targets.flatMap(({ expr }) => namesIn(expr)))].filter(
    // A series of a process that has collected no garbage yet is declared all the same.
    (name) => !text.includes(`\n${name}{`) && !text.includes(`\n${name} `) && !text.includes(base(name)),
  );
  expect(missing).toEqual([]);
});

const base = (name: string) => `# TYPE ${name.replace(/_(sum|count|bucket)$/, "")} `;

it("shows every series of the product", async () => {
  const served = (await registry.getMetricsAsJSON()).map(({ name }) => name).filter((name) => name.startsWith("pult_"));
  const shown = targets.map(({ expr }) => expr).join("\n");
  expect(served.filter((name) => !shown.includes(name))).toEqual([]);
});

it("lets its user choose the data source, and puts no panel over another", () => {
  expect(dashboard.templating.list.map(({ name }) => name)).toEqual(["datasource", "job", "instance"]);
  expect(targets.every(({ datasource }) => datasource.uid === "${".concat("datasource}"))).toBe(true);
  const taken = new Map<string, string>();
  for (const { title, gridPos } of dashboard.panels) {
    for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
      for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
        expect(taken.get(`${x}:${y}`), title).toBeUndefined();
        taken.set(`${x}:${y}`, title);
      }
    }
  }
  expect(new Set(dashboard.panels.map(({ id }) => id)).size).toBe(dashboard.panels.length);
});
