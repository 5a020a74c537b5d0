import type { Actor } from "@pult/api/actor.ts";
import { enforcePolicy, policyAllows } from "@pult/api/auth/policy.ts";
import type { Deps } from "@pult/api/context.ts";
import { findDomainError, malformed, tooLarge } from "@pult/api/errors.ts";
import { appRouter } from "@pult/api/root.ts";
import type { ProcedureMeta, TrpcContext } from "@pult/api/trpc.ts";
import { nodeHTTPRequestHandler } from "@trpc/server/adapters/node-http";
import pLimit from "p-limit";
import type { Call } from "../../gateway.ts";
import { readText } from "../../http/body.ts";
import { contextOf, sessionCookie } from "../../http/identify.ts";
import type { RateLimits } from "../../rate-limits.ts";
import { logTrpcError } from "./errors.ts";
import { CALLS_AT_ONCE, MAX_BATCH } from "./messages.ts";
import { proceduresOf } from "./path.ts";

const MAX_BODY_BYTES = 1024 * 1024;

interface Procedure {
  _def: { type: "query" | "mutation" | "subscription"; meta?: ProcedureMeta };
}

const PROCEDURES = new Map(Object.entries(appRouter._def.procedures as unknown as Record<string, Procedure>));

/**
 * Subscriptions come over sockets, which are closed when their readers' rights end; nothing would end an answer that goes on for ever.
 * @throws DomainError `VALIDATION`; what the policy says to a caller that may not follow it anyway
 */
function refuseStreams(names: readonly string[], actor: Actor): void {
  for (const name of names) {
    const { type, meta } = PROCEDURES.get(name)?._def ?? {};
    if (type !== "subscription") continue;
    if (meta) enforcePolicy(meta.policy, actor);
    throw malformed(`${name} is a subscription: it comes over a WebSocket`);
  }
}

/** A procedure by itself may take more than others, from callers that it admits. */
function maxBodyBytesOf(names: readonly string[], actor: Actor): number {
  const [name = "", ...others] = names;
  const meta = PROCEDURES.get(name)?._def.meta;
  const isLarger = others.length === 0 && meta?.maxBodyBytes !== undefined && policyAllows(meta.policy, actor);
  return isLarger ? (meta.maxBodyBytes ?? MAX_BODY_BYTES) : MAX_BODY_BYTES;
}

/** Serves `/trpc/*`: single calls and batches, as JSON. */
export function createTrpcHttp(options: { deps: Deps; limits: RateLimits; secure: boolean }) {
  const { deps, limits, secure } = options;
  return async function serve(call: Call): Promise<void> {
    const { request, response, url, actor, ip } = call;
    const names = proceduresOf(url);
    refuseStreams(names, actor);
    const maxBodyBytes = maxBodyBytesOf(names, actor);
    // tRPC would cut the connection of a body that is too large, and take every body for UTF-8.
    if (Number(request.headers["content-length"] ?? 0) > maxBodyBytes) {
      throw tooLarge(`The body is larger than ${maxBodyBytes} bytes`);
    }
    const body = request.method === "POST" ? await readText(request, maxBodyBytes) : undefined;
    const context: TrpcContext = {
      ...contextOf(deps, call),
      setSession: (token, expiresAt) =>
        response.appendHeader("Set-Cookie", sessionCookie(token, { expiresAt, secure })),
      fansOut: false,
      schedule: pLimit(CALLS_AT_ONCE),
      limitSignIn: (email) => limits.countSignIn(ip, email),
      limitLinking: () => limits.countLinking(actor),
    };
    await nodeHTTPRequestHandler({
      router: appRouter,
      req: Object.assign(request, { body }),
      res: response,
      path: url.pathname.slice("/trpc/".length),
      createContext: () => context,
      maxBatchSize: MAX_BATCH,
      allowMethodOverride: false,
      onError: (failure) => logTrpcError(deps.log, failure),
      responseMeta: ({ errors }) => ({ headers: headersOf(errors) }),
    });
  };
}

/** Answers are for one caller and one moment; of a batch, the longest wait. */
function headersOf(errors: readonly Error[]): Record<string, string> {
  const seconds = Math.max(0, ...errors.map((error) => findDomainError(error)?.retryAfterSeconds ?? 0));
  return { "cache-control": "no-store", ...(seconds > 0 ? { "retry-after": String(seconds) } : {}) };
}
