import { expect } from "vitest";
import type { Logger } from "../logger.ts";

export interface LogLine {
  level: "debug" | "info" | "warn" | "error";
  fields: object;
  message: string;
}

/** Collects what is logged. An unexpected `error` line fails the test, by `assertQuiet`. */
export class TestLog implements Logger {
  lines: LogLine[] = [];

  debug(fields: object, message: string): void {
    this.lines.push({ level: "debug", fields, message });
  }
  info(fields: object, message: string): void {
    this.lines.push({ level: "info", fields, message });
  }
  warn(fields: object, message: string): void {
    this.lines.push({ level: "warn", fields, message });
  }
  error(fields: object, message: string): void {
    this.lines.push({ level: "error", fields, message });
  }

  /** Takes the error lines with these words out of the log, so that they do not fail the test. */
  takeErrors(words: string): LogLine[] {
    const taken = this.lines.filter((line) => line.level === "error" && line.message.includes(words));
    this.lines = this.lines.filter((line) => !taken.includes(line));
    return taken;
  }

  assertQuiet(): void {
    expect(this.lines.filter((line) => line.level === "error")).toEqual([]);
  }
}
