import { onTestFinished } from "vitest";
import { appendToLogs, publishAppended } from "../realtime/log.ts";
import { createLogFeeds, type LogFeeds, type LogFeedsOptions } from "../realtime/log-feeds.ts";
import { formatPosition } from "../realtime/position.ts";
import type { TestWorld } from "./test-deps.ts";

/** Appends to a log and publishes. @returns the positions */
export async function writeLog({ database, deps }: TestWorld, topic: string, payloads: unknown[]): Promise<string[]> {
  const entries = payloads.map((payload) => ({ topic, payload }));
  const appended = await database.db.transaction((tx) => appendToLogs(tx, entries));
  publishAppended(deps.bus, appended);
  return (appended.get(topic) ?? []).map(formatPosition);
}

/** Feeds beside those of the deps, closed after the test. */
export function openFeeds({ deps }: TestWorld, options: Partial<LogFeedsOptions>): LogFeeds {
  const { db, bus, log } = deps;
  const failed = (error: unknown) => log.error({ err: error }, "A log could not be read");
  const feeds = createLogFeeds({ db, bus, failed, lingerMs: 0, ...options });
  onTestFinished(() => feeds.close());
  return feeds;
}
