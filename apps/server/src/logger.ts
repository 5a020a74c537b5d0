import type { Log } from "@pult/api/context.ts";
import { pino } from "pino";

/** Lines of JSON on standard output. Whatever is called a secret is never written. */
export function createLogger(level: string): Log {
  const names = ["token", "authorization", "cookie", "password", "secret", "key", "initData", "init_data"];
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    redact: { paths: names.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[hidden]" },
  });
}
