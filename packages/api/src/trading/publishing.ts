import { BatchWriterFullError } from "@pult/db/batch-writer.ts";
import type { Deps } from "../context.ts";
import { requestError } from "../errors.ts";

/** @throws DomainError `UNAVAILABLE` when too many writes wait, else what was thrown */
export function refuseWhenFull(error: unknown): never {
  if (!(error instanceof BatchWriterFullError)) throw error;
  throw requestError("overloaded", {}, { cause: error });
}

/** What is stored but was not published is read from the database by its readers. */
export const rereadWhenUnpublished =
  ({ feeds, log }: Pick<Deps, "feeds" | "log">, kind: string) =>
  (error: unknown, { length: count }: readonly unknown[]): void => {
    log.error({ err: error, kind, count }, "Failed to publish what rooms stored; re-reading the logs");
    feeds.verify().catch((failure) => log.error({ err: failure }, "Failed to re-read the logs"));
  };
