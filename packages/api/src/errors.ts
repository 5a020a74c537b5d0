import { isConnectionLost } from "@pult/db/connection-lost.ts";

/**
 * Everything that can be expected to go wrong, closed: each transport maps every code. With its HTTP status, wherever no protocol's document
 * says otherwise.
 */
export const HTTP_STATUS = {
  VALIDATION: 400,
  UNAUTHORIZED: 401,
  /** The caller is known; what they use has to be signed in to again. */
  AUTH_EXPIRED: 401,
  /** The password was right; a code is missing or wrong. */
  SECOND_FACTOR_REQUIRED: 401,
  FORBIDDEN: 403,
  /** The caller has the right, but their session must be re-authenticated first. */
  CONFIRMATION_REQUIRED: 403,
  NOT_FOUND: 404,
  CONFLICT: 409,
  RATE_LIMITED: 429,
  PAYLOAD_TOO_LARGE: 413,
  UNSUPPORTED_MEDIA: 415,
  /** A system that Pult works with refused or did not answer. */
  UPSTREAM_FAILED: 502,
  UNAVAILABLE: 503,
} as const;
export type ErrorCode = keyof typeof HTTP_STATUS;

export type ErrorParams = Readonly<Record<string, string | number>>;

/**
 * An expected failure. Clients localise its key; its message is English, for logs and for documented protocols that print it. Anything
 * else stays behind "Internal server error". Abstract, so that only what `declareErrors` declares can be thrown.
 */
export abstract class DomainError extends Error {
  readonly code: ErrorCode;
  /** `<slice>.<name>` */
  readonly key: string;
  readonly params: ErrorParams;
  /** With `RATE_LIMITED`: seconds until the next try makes sense. */
  readonly retryAfterSeconds: number | null;
  /** What a documented protocol tells of it beside the message, by field. */
  readonly details: Readonly<Record<string, unknown>>;

  constructor(given: { code: ErrorCode; key: string; message: string; params: ErrorParams } & ErrorOptions) {
    super(given.message, { cause: given.cause });
    this.name = "DomainError";
    this.code = given.code;
    this.key = given.key;
    this.params = given.params;
    this.retryAfterSeconds = given.retryAfterSeconds ?? null;
    this.details = given.details ?? {};
  }
}

class DeclaredError extends DomainError {}

interface ErrorOptions {
  retryAfterSeconds?: number;
  details?: Readonly<Record<string, unknown>>;
  cause?: unknown;
  /** Instead of the declared one, where a documented protocol or a developer needs more than people do. */
  message?: string;
}

/** By name: the code, and the English message with its params in braces. */
type Declared = Readonly<Record<string, readonly [code: ErrorCode, message: string]>>;

type ParamsIn<Text> = Text extends `${string}{${infer Name}}${infer Rest}` ? Name | ParamsIn<Rest> : never;
type ArgumentsOf<Text> = [ParamsIn<Text>] extends [never]
  ? [params?: Readonly<Record<string, never>>, options?: ErrorOptions]
  : [params: Readonly<Record<ParamsIn<Text>, string | number>>, options?: ErrorOptions];

/** Makes the errors that one slice declares. */
export interface ErrorFactory<Slice extends string, Errors extends Declared> {
  <Name extends keyof Errors & string>(name: Name, ...given: ArgumentsOf<Errors[Name][1]>): DomainError;
  readonly slice: Slice;
  readonly declared: Errors;
}

/** `auth.lastAdmin` … of a factory. */
export type KeysOf<Factory> =
  Factory extends ErrorFactory<infer Slice, infer Errors> ? `${Slice}.${keyof Errors & string}` : never;

export function declareErrors<const Slice extends string, const Errors extends Declared>(
  slice: Slice,
  declared: Errors,
): ErrorFactory<Slice, Errors> {
  const make = (name: keyof Errors & string, params: ErrorParams = {}, options: ErrorOptions = {}): DomainError => {
    const [code, text] = declared[name] as Declared[string];
    const message = text.replace(/\{(\w+)\}/g, (_, param: string) => String(params[param]));
    return new DeclaredError({ code, key: `${slice}.${name}`, message, params, ...options });
  };
  return Object.assign(make, { slice, declared }) as unknown as ErrorFactory<Slice, Errors>;
}

/** What every transport and slice may refuse. */
export const requestError = declareErrors("request", {
  unauthorized: ["UNAUTHORIZED", "Unauthorized"],
  signInRequired: ["UNAUTHORIZED", "Sign in first"],
  accessRevoked: ["FORBIDDEN", "No longer allowed"],
  foreignOrigin: ["FORBIDDEN", "This origin is not allowed"],
  customersOnly: ["FORBIDDEN", "Only a customer, or a server with an API key, may do this"],
  peopleOnly: ["FORBIDDEN", "Only an agent or a customer may do this, each for themselves"],
  notFound: ["NOT_FOUND", "Not found"],
  rateLimited: ["RATE_LIMITED", "Too many requests; try again in {seconds} s"],
  tooManyAtOnce: ["RATE_LIMITED", "Too many at once on one connection"],
  overloaded: ["UNAVAILABLE", "Too much at once; try again in a moment"],
  unavailable: ["UNAVAILABLE", "Try again"],
  interrupted: ["VALIDATION", "The request ended early"],
  /** Only a faulty client sends it; the message says what is wrong with it. */
  malformed: ["VALIDATION", "Malformed request"],
  invalidField: ["VALIDATION", "{field}: Invalid input"],
  belowMinimum: ["VALIDATION", "{field}: at least {minimum}"],
  aboveMaximum: ["VALIDATION", "{field}: at most {maximum}"],
  tooLarge: ["PAYLOAD_TOO_LARGE", "The request is too large"],
  unsupportedContentType: ["UNSUPPORTED_MEDIA", "Send application/json or multipart/form-data"],
});

/** @param message what is wrong with the request, for the programmer of the client */
export const malformed = (message: string, cause?: unknown): DomainError =>
  requestError("malformed", {}, { message, cause });

/** What is wrong with a request, by the first part of each field's path; `body` where it is no object. */
export function detailsByField(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): Record<string, string> {
  const byField: Record<string, string> = {};
  for (const { path, message } of issues) {
    const [field = "body", ...rest] = path.map(String);
    byField[field] ??= rest.length === 0 ? message : `${rest.join(".")}: ${message}`;
  }
  return byField;
}

/** @param message what is too large, and the limit */
export const tooLarge = (message: string): DomainError => requestError("tooLarge", {}, { message });

/** What clients are told of an error beside its message, on every transport of our own. */
export interface ErrorDetails {
  reason: ErrorCode | null;
  key: string | null;
  params: ErrorParams;
  retryAfterSeconds: number | null;
}

export const detailsOf = (error: DomainError | null): ErrorDetails => ({
  reason: error?.code ?? null,
  key: error?.key ?? null,
  params: error?.params ?? {},
  retryAfterSeconds: error?.retryAfterSeconds ?? null,
});

/** An error in words, without what a failed query was given, which Drizzle appends to its message. */
export const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message.replace(/\nparams:[\s\S]*$/, "") : String(error);

/** What the error is, whatever it was wrapped in; null for the unexpected. */
export function findDomainError(error: unknown): DomainError | null {
  for (let at = error, depth = 0; at instanceof Error && depth < 5; at = at.cause, depth++) {
    if (at instanceof DomainError) return at;
  }
  return null;
}

/** What callers are told of an error: also that the database is away, so that they try again. */
export const toldErrorOf = (error: unknown): DomainError | null =>
  findDomainError(error) ?? (isConnectionLost(error) ? requestError("unavailable", {}, { cause: error }) : null);
