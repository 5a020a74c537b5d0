import { findDomainError } from "@pult/api/errors.ts";
import type { Logger } from "@pult/api/logger.ts";
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

const TRPC_NUMBERS: Record<number, [number, string]> = {
  400: [-32_600, "BAD_REQUEST"],
  401: [-32_001, "UNAUTHORIZED"],
  403: [-32_003, "FORBIDDEN"],
  413: [-32_013, "PAYLOAD_TOO_LARGE"],
  429: [-32_029, "TOO_MANY_REQUESTS"],
};

/** A refusal of a request that tRPC does not see, in the shape that its clients read. */
export function encodeTrpcRefusal(url: URL, { status, message, details }: Refusal) {
  const [code, name] = TRPC_NUMBERS[status] ?? [-32_603, "INTERNAL_SERVER_ERROR"];
  const one = { error: { message, code, data: { code: name, httpStatus: status, ...details } } };
  if (url.searchParams.get("batch") !== "1") return one;
  return proceduresOf(url).map(() => one);
}
