import { reasonOf } from "@pult/api/errors.ts";
import type { Logger } from "@pult/api/logger.ts";
import { pino } from "pino";

/** Lines of JSON on standard output. Whatever is called a secret is never written, nor what a query was given. */
export function createLogger(level: string): Logger {
  const names = ["token", "authorization", "cookie", "password", "secret", "key", "initData", "init_data"];
  return pino({
    level,
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label) => ({ level: label }) },
    serializers: { err: describeError },
    redact: { paths: names.flatMap((name) => [name, `*.${name}`, `*.*.${name}`]), censor: "[hidden]" },
  });
}

interface DescribedError {
  type: string;
  message: string;
  code?: string | number;
  /** Where it was thrown, without the message that a stack begins with. */
  stack: string;
  cause?: unknown;
  errors?: unknown[];
}

const MOST_CAUSES = 5;

/**
 * An error as the log keeps it. Its other properties stay out, and of a failed query what it was given: there are customers' words, and
 * hashes of tokens.
 */
export function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return error;
  const described: DescribedError = {
    type: error.name,
    message: reasonOf(error),
    stack: (error.stack ?? "")
      .split("\n")
      .filter((line) => /^\s+at /.test(line))
      .join("\n"),
  };
  if ("code" in error && ["string", "number"].includes(typeof error.code)) described.code = error.code as string;
  if (depth >= MOST_CAUSES) return described;
  if (error.cause !== undefined) described.cause = describeError(error.cause, depth + 1);
  if (error instanceof AggregateError) described.errors = error.errors.map((one) => describeError(one, depth + 1));
  return described;
}
