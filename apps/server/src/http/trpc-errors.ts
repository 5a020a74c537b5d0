import type { Log } from "@pult/api/context.ts";
import { findDomainError } from "@pult/api/errors.ts";
import type { TRPCError } from "@trpc/server";

/** Writes down what was not expected; what a caller did wrong is his to know. */
export function logTrpcError(
  log: Log,
  { error, path, type }: { error: TRPCError; path?: string | undefined; type: string },
): void {
  if (findDomainError(error) || error.code !== "INTERNAL_SERVER_ERROR") return;
  log.error({ err: error.cause ?? error, path, type }, "A call failed");
}
