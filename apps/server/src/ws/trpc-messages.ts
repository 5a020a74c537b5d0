import { DomainError, findDomainError } from "@pult/api/errors.ts";
import type { RequestId } from "./trpc-protocol.ts";

/** What a message of a tRPC client asks for. */
export interface Call {
  id: RequestId;
  method: string;
}

/** @returns nothing of what is malformed: tRPC itself says what is wrong with it */
export function readCalls(text: string): Call[] {
  try {
    const parsed: unknown = JSON.parse(text);
    return [parsed].flat().flatMap((one) => {
      const { id, method } = (one ?? {}) as { id?: unknown; method?: unknown };
      return (typeof id === "string" || typeof id === "number") && typeof method === "string" ? [{ id, method }] : [];
    });
  } catch {
    return [];
  }
}

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
  const known = findDomainError(error) ?? new DomainError("UNAVAILABLE", "Try again");
  const [code, name, httpStatus] = REFUSALS[known.code] ?? [-32_600, "BAD_REQUEST", 400];
  const data = { code: name, httpStatus, reason: known.code, retryAfterSeconds: known.retryAfterSeconds };
  return JSON.stringify({ id, error: { message: known.message, code, data } });
}
