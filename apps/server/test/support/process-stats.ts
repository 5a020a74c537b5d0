import { readFileSync } from "node:fs";

/** Lines that no healthy server writes: errors, and what is no log line at all, such as a stack trace. The set-up link is meant to be read. */
export function problemsIn(logs: string): string[] {
  return logs
    .split("\n")
    .filter((line) => line !== "" && !line.startsWith("Set up Pult: "))
    .filter((line) => !line.startsWith("{") || /"level":"(error|fatal)"|Unhandled|Uncaught/.test(line));
}

/** Resident memory of a process, MiB; 0 where `/proc` does not tell. */
export function residentMiB(pid: number): number {
  try {
    return Number(/VmRSS:\s+(\d+) kB/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) / 1024;
  } catch {
    return 0;
  }
}
