import { findDomainError } from "@pult/api/errors.ts";
import type { Logger } from "@pult/api/logger.ts";
import { trpcShape } from "@pult/api/trpc.ts";
import type { TRPCError } from "@trpc/server";
import type { Call, Refusal } from "../../gateway.ts";
import { JsonLines } from "../../http/answers.ts";
import { proceduresOf } from "./path.ts";

/** Logs what was not expected; what a caller did wrong is told to the caller alone. */
export function logTrpcError(
  log: Logger,
  { error, path, type }: { error: TRPCError; path?: string | undefined; type: string },
): void {
  if (findDomainError(error) || error.code !== "INTERNAL_SERVER_ERROR") return;
  log.error({ err: error.cause ?? error, path, type }, "A call failed");
}

/** A refusal of a request that tRPC does not see, in the form that was asked for: what streams its answers takes only lines. */
export function encodeTrpcRefusal({ error }: Refusal, { request: { headers }, url }: Pick<Call, "request" | "url">) {
  const refusals = proceduresOf(url).map((path) => ({ error: trpcShape(error, path) }));
  const accepted = String(headers["trpc-accept"] ?? headers.accept ?? "").split(",");
  if (accepted.some((type) => type.trim() === "application/jsonl")) {
    // As tRPC writes it: each answer is a promise of the head, which a line of its own fulfils.
    const promised = refusals.map((_, index) => [index, [[0], [null, 0, index]]]);
    return new JsonLines([Object.fromEntries(promised), ...refusals.map((refusal, index) => [index, 0, [[refusal]]])]);
  }
  return url.searchParams.get("batch") === "1" ? refusals : refusals[0];
}
