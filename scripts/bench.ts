import { spawnSync } from "node:child_process";

const BENCHES = [
  "support",
  "webhooks",
  "history",
  "fanout",
  "status",
  "storm",
  "hold",
  "nodes",
  "trades",
  "room",
  "chats",
  "crm",
];

/** Runs the named benchmarks, or all. */
export async function runBench(args: string[]): Promise<number> {
  const named = args.filter((arg) => !arg.startsWith("-"));
  for (const name of named.length > 0 ? named : BENCHES) {
    if (!BENCHES.includes(name)) {
      console.error(`Unknown benchmark ${name}: ${BENCHES.join(", ")}`);
      return 2;
    }
    const { status } = spawnSync(process.execPath, [`bench/${name}.ts`, ...args.filter((arg) => arg.startsWith("-"))], {
      stdio: "inherit",
    });
    if (status !== 0) return status ?? 1;
  }
  return 0;
}
