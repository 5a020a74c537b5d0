import type { CheckerReport } from "../support/checker.ts";
import { residentMiB } from "../support/process-stats.ts";
import type { World } from "./world.ts";

export interface Memory {
  /** MiB, over all nodes together. */
  start: number;
  max: number;
  end: number;
}

/** Milliseconds until a running node answers `/health`: how long the event loop delays a request. */
export interface AnswerTime {
  p50: number;
  max: number;
}

/** Samples memory and answer time; a node that is away counts for nothing then. */
export function watchNodes({ nodes }: World) {
  const now = () => nodes.reduce((sum, { pid }) => sum + residentMiB(pid), 0);
  const memory: Memory = { start: now(), max: 0, end: 0 };
  const times: number[] = [];
  async function time(origin: string): Promise<void> {
    const started = performance.now();
    const answer = await fetch(`${origin}/health`, { signal: AbortSignal.timeout(10_000) }).catch(() => null);
    await answer?.body?.cancel();
    if (answer) times.push(performance.now() - started);
  }
  const sample = () => {
    memory.end = now();
    memory.max = Math.max(memory.max, memory.end);
    for (const { origin } of nodes) void time(origin);
  };
  const sampling = setInterval(sample, 1_000);
  return {
    memory,
    stop() {
      clearInterval(sampling);
      memory.end = now();
    },
    answerTime(): AnswerTime {
      const sorted = times.toSorted((a, b) => a - b);
      return { p50: sorted[sorted.length >> 1] ?? 0, max: sorted.at(-1) ?? 0 };
    },
  };
}

export interface Outcome extends CheckerReport {
  world: string;
  /** Deliveries that all readers together were owed; what is missing and not lost was told as a snapshot. */
  owed: number;
  seed: number;
  seconds: number;
  faults: Record<string, number>;
  rssMiB: Memory;
  answerMs: AnswerTime;
}

export const isFaultless = ({ lost, repeated, disordered, problems }: Outcome): boolean =>
  lost === 0 && repeated === 0 && disordered === 0 && problems.length === 0;

export function printOutcome(outcome: Outcome): void {
  const { rssMiB, answerMs, faults, problems } = outcome;
  const mib = (value: number) => `${value.toFixed(0)} MiB`;
  const rows: [string, string | number][] = [
    ["events sent", outcome.sent],
    ["delivered", `${outcome.delivered} of ${outcome.owed}`],
    ["told as a snapshot", outcome.owed - outcome.delivered - outcome.lost],
    ["lost", outcome.lost],
    ["repeated", outcome.repeated],
    ["disordered", outcome.disordered],
    ["resumed", outcome.resumed],
    ["not recovered", outcome.recoveredFalse],
    ...Object.entries(faults).map(([name, count]): [string, number] => [`fault: ${name}`, count]),
    ["memory of all nodes", `${mib(rssMiB.start)} at start, ${mib(rssMiB.max)} at most, ${mib(rssMiB.end)} at end`],
    ["answer of /health", `p50 ${answerMs.p50.toFixed(1)} ms, at most ${answerMs.max.toFixed(0)} ms`],
  ];
  console.log(`\n${outcome.world}, ${outcome.seconds} s, seed ${outcome.seed}`);
  for (const [name, value] of rows) console.log(`  ${name.padEnd(26)} ${value}`);
  for (const problem of problems) console.log(`  problem: ${problem}`);
}
