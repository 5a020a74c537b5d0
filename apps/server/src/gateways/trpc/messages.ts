import { type DomainError, detailsOf, findDomainError, requestError } from "@pult/api/errors.ts";
import { parseTRPCMessage } from "@trpc/server/rpc";
import type { RequestId } from "./envelope.ts";

/** Calls in one message or request at most. */
export const MAX_BATCH = 200;

/** Calls of one socket or request that are worked on at once, so that they take at most half of the database's connections; the rest wait. */
export const CALLS_AT_ONCE = 5;

/** What a part of a tRPC client's message asks for. */
export interface Call {
  id: RequestId;
  method: "query" | "mutation" | "subscription" | "subscription.stop";
}

/** One element of a batch; a message that is none has one part. */
export interface Part {
  /** As it was sent, parsed. */
  raw: unknown;
  /** Whether tRPC can read it; it takes nothing of a batch with a part that it cannot read, and says so without an id. */
  readable: boolean;
  /** Null where it cannot be read, and where it has no id. */
  call: Call | null;
}

/** Plain JSON both ways. */
const AS_IT_IS = { serialize: (value: unknown) => value, deserialize: (value: unknown) => value };
const TRANSFORMER = { input: AS_IT_IS, output: AS_IT_IS };

export function readParts(text: string): Part[] {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch {
    return [{ raw: null, readable: false, call: null }];
  }
  return (Array.isArray(parsed) ? parsed : [parsed]).map(readPart);
}

function readPart(raw: unknown): Part {
  try {
    const { id, method } = parseTRPCMessage(raw, TRANSFORMER);
    return { raw, readable: true, call: id === null || id === undefined ? null : { id, method } };
  } catch {
    return { raw, readable: false, call: null };
  }
}

export const isStop = ({ call }: Part): boolean => call?.method === "subscription.stop";

export function isParamsMessage(text: string): boolean {
  try {
    const message: unknown = JSON.parse(text);
    if (typeof message !== "object" || message === null) return false;
    const { method, data } = message as { method?: unknown; data?: unknown };
    const isFlat =
      typeof data === "object" &&
      data !== null &&
      !Array.isArray(data) &&
      Object.values(data).every((value) => typeof value === "string");
    return method === "connectionParams" && (data === null || isFlat);
  } catch {
    return false;
  }
}

const REFUSALS: Partial<Record<DomainError["code"], [code: number, name: string, httpStatus: number]>> = {
  UNAUTHORIZED: [-32_001, "UNAUTHORIZED", 401],
  FORBIDDEN: [-32_003, "FORBIDDEN", 403],
  NOT_FOUND: [-32_004, "NOT_FOUND", 404],
  RATE_LIMITED: [-32_029, "TOO_MANY_REQUESTS", 429],
  UNAVAILABLE: [-32_603, "SERVICE_UNAVAILABLE", 503],
};

/** A refusal in the shape that tRPC's clients read; the unexpected says nothing of itself. */
export function encodeRefusal(id: RequestId | null, error: unknown): string {
  const known = findDomainError(error) ?? requestError("unavailable");
  const [code, name, httpStatus] = REFUSALS[known.code] ?? [-32_600, "BAD_REQUEST", 400];
  const data = { code: name, httpStatus, ...detailsOf(known) };
  return JSON.stringify({ id, error: { message: known.message, code, data } });
}
