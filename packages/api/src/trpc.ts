import { initTRPC, type TRPCDefaultErrorShape, type TRPCError } from "@trpc/server";
import { type TRPC_ERROR_CODE_KEY, TRPC_ERROR_CODES_BY_KEY } from "@trpc/server/rpc";
import { ZodError } from "zod";
import { enforcePolicy, type Policy } from "./auth/policy.ts";
import type { Scope } from "./auth/schema.ts";
import type { Context } from "./context.ts";
import { ERROR_TELLERS } from "./error-tellers.ts";
import {
  type DomainError,
  detailsByField,
  detailsOf,
  type ErrorCode,
  type ErrorDetails,
  HTTP_STATUS,
  malformed,
  requestError,
  toldErrorOf,
} from "./errors.ts";

/** What a tRPC call has beside the context of services: the few things only its transport can do. */
export interface TrpcContext extends Context {
  /** Sets or clears the agent's session cookie; null where the transport cannot. */
  setSession: ((token: string | null, expiresAt: Date | null) => void) | null;
  /** The transport delivers subscriptions to many by itself. @see StreamContext */
  fansOut: boolean;
  /** Starts a call now, or when fewer calls of the same request are worked on. */
  schedule<Result>(call: () => Promise<Result>): Promise<Result>;
  /** Counts an attempt to sign in. @throws DomainError `RATE_LIMITED` */
  limitSignIn(email: string): Promise<void>;
  /** Counts a step by which a Telegram account is linked. @throws DomainError `RATE_LIMITED` */
  limitLinking(): Promise<void>;
}

const TRPC_CODES: Record<ErrorCode, TRPC_ERROR_CODE_KEY> = {
  VALIDATION: "BAD_REQUEST",
  UNAUTHORIZED: "UNAUTHORIZED",
  AUTH_EXPIRED: "PRECONDITION_FAILED",
  SECOND_FACTOR_REQUIRED: "UNAUTHORIZED",
  FORBIDDEN: "FORBIDDEN",
  CONFIRMATION_REQUIRED: "FORBIDDEN",
  NOT_FOUND: "NOT_FOUND",
  CONFLICT: "CONFLICT",
  RATE_LIMITED: "TOO_MANY_REQUESTS",
  PAYLOAD_TOO_LARGE: "PAYLOAD_TOO_LARGE",
  UNSUPPORTED_MEDIA: "UNSUPPORTED_MEDIA_TYPE",
  UPSTREAM_FAILED: "BAD_GATEWAY",
  UNAVAILABLE: "SERVICE_UNAVAILABLE",
};

/** 401 would say that the caller has to sign in again. */
const STATUSES: Record<ErrorCode, number> = { ...HTTP_STATUS, AUTH_EXPIRED: 412 };

/** What every procedure declares of itself. */
export interface ProcedureMeta {
  policy: Policy;
  /** Of a call over HTTP, where it may be larger than others. */
  maxBodyBytes?: number;
}

/**
 * The one mapping of errors, applied to whatever leaves tRPC: calls, and what a subscription throws while it is iterated, which no
 * middleware sees. The unexpected says nothing of itself.
 */
const t = initTRPC
  .context<TrpcContext>()
  .meta<ProcedureMeta>()
  .create({
    isDev: false,
    errorFormatter({ shape, error, path }): TRPCDefaultErrorShape & { data: ShownDetails } {
      const known = toldErrorOf(error) ?? inputErrorOf(error);
      if (known || error.code === "INTERNAL_SERVER_ERROR") {
        const own = trpcShape(known, path);
        return { ...shape, ...own, data: { ...shape.data, ...own.data } };
      }
      return { ...shape, message: error.message, data: { ...shape.data, ...detailsOf(null) } };
    },
  });

/** What clients are told of an error; routers of `ERROR_TELLERS` have reasons and details of their own. */
export interface ShownDetails extends Omit<ErrorDetails, "reason"> {
  reason: string | null;
  details?: Readonly<Record<string, unknown>>;
}

/** An error as tRPC's clients read it, also of what tRPC does not see; null is the unexpected. */
export function trpcShape(error: DomainError | null, path = "") {
  const code = error ? TRPC_CODES[error.code] : "INTERNAL_SERVER_ERROR";
  const httpStatus = error ? STATUSES[error.code] : 500;
  const [router = ""] = path.split(".");
  const tell = Object.hasOwn(ERROR_TELLERS, router) ? ERROR_TELLERS[router] : undefined;
  const told = tell?.(error);
  const shown: ShownDetails = {
    ...detailsOf(error),
    ...(told ? { reason: told.code, details: told.details ?? {} } : {}),
  };
  const message = error?.message ?? "Internal server error";
  return { message, code: TRPC_ERROR_CODES_BY_KEY[code], data: { code, httpStatus, ...shown } };
}

/** What is wrong with the input, in one line: `photoIds.0: Invalid input`. Null when something else is. */
function inputErrorOf({ code, cause, message }: TRPCError): DomainError | null {
  if (code !== "BAD_REQUEST") return null;
  const issues = cause instanceof ZodError ? cause.issues : [];
  const [issue] = issues;
  if (!issue) return malformed(cause instanceof ZodError ? "Invalid input" : message);
  const field = issue.path.join(".");
  const options = {
    message: field === "" ? issue.message : `${field}: ${issue.message}`,
    details: detailsByField(issues),
  };
  if (issue.code === "too_small")
    return requestError("belowMinimum", { field, minimum: Number(issue.minimum) }, options);
  if (issue.code === "too_big") return requestError("aboveMaximum", { field, maximum: Number(issue.maximum) }, options);
  return requestError("invalidField", { field }, options);
}

export const router = t.router;

/** Checked before the input is: a stranger learns nothing of what a procedure takes. */
const guarded = (policy: Policy, more: Omit<ProcedureMeta, "policy"> = {}) =>
  t.procedure.meta({ policy, ...more }).use(({ ctx, next }) => {
    enforcePolicy(policy, ctx.actor);
    return ctx.schedule(() => next());
  });

/** For every caller, also anonymous. */
export const publicProcedure = guarded({ kind: "public" });

/** For calls that set or clear a session cookie. Where none can be set, refused before a password, a link or a challenge is read. */
export const cookieProcedure = publicProcedure.use(({ ctx, next }) => {
  const { setSession } = ctx;
  if (!setSession) throw malformed("Sign in and out over HTTP");
  return next({ ctx: { setSession } });
});

/** For every authenticated caller. */
export const signedInProcedure = guarded({ kind: "authenticated" });

/** For agents and customers about themselves. */
export const personProcedure = guarded({ kind: "person" });

/** For agents about their own accounts. */
export const agentProcedure = guarded({ kind: "agent" });

/** For customers themselves, or a key with the scope that names one. */
export const customerProcedure = (scope: Scope) => guarded({ kind: "customer", scope });

/** For agents whose role, and keys that, hold the scope. */
export const staffProcedure = (scope: Scope, more?: Omit<ProcedureMeta, "policy">) =>
  guarded({ kind: "staff", scope }, more);

/** For customers themselves, and for staff. */
export const customerOrStaffProcedure = (scope: Scope) => guarded({ kind: "customerOrStaff", scope });

/** Resolves a procedure by a service whose result is of no interest: the answer is `{}`. */
export const done =
  <Ctx, Input>(service: (ctx: Ctx, input: Input) => Promise<unknown>) =>
  async ({ ctx, input }: { ctx: Ctx; input: Input }) => {
    await service(ctx, input);
    return {};
  };

export const createCallerFactory = t.createCallerFactory;
