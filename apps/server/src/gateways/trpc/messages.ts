import { findDomainError, requestError } from "@pult/api/errors.ts";
import { trpcShape } from "@pult/api/trpc.ts";
import { parseTRPCMessage } from "@trpc/server/rpc";
import { z } from "zod";
import { parseJson } from "../../adapters/parse-json.ts";
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
  const parsed = parseJson(text);
  if (parsed === undefined) return [{ raw: null, readable: false, call: null }];
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

const paramsMessage = z.object({
  method: z.literal("connectionParams"),
  data: z.record(z.string(), z.string()).nullable(),
});

export const isParamsMessage = (text: string): boolean => paramsMessage.safeParse(parseJson(text)).success;

/** A refusal as tRPC's clients read it; the unexpected says nothing of itself. */
export function encodeRefusal(id: RequestId | null, error: unknown): string {
  const known = findDomainError(error) ?? requestError("unavailable");
  return JSON.stringify({ id, error: trpcShape(known) });
}
