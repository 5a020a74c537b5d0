import { findDomainError } from "@pult/api/errors.ts";
import type { Logger } from "@pult/api/logger.ts";
import { trpcShape } from "@pult/api/trpc.ts";
import type { TRPCError } from "@trpc/server";
import type { Refusal } from "../../gateway.ts";
import { proceduresOf } from "./path.ts";

/** Logs what was not expected; what a caller did wrong is told to the caller alone. */
export function logTrpcError(
  log: Logger,
  { error, path, type }: { error: TRPCError; path?: string | undefined; type: string },
): void {
  if (findDomainError(error) || error.code !== "INTERNAL_SERVER_ERROR") return;
  log.error({ err: error.cause ?? error, path, type }, "A call failed");
}

/** A refusal of a request that tRPC does not see. */
export function encodeTrpcRefusal(url: URL, { error }: Refusal) {
  const refusals = proceduresOf(url).map((path) => ({ error: trpcShape(error, path) }));
  return url.searchParams.get("batch") === "1" ? refusals : refusals[0];
}
