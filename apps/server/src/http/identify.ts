import type { IncomingMessage } from "node:http";
import type { Actor } from "@pult/api/actor.ts";
import { type Audience, type AuthDeps, actorOfSession, actorOfToken } from "@pult/api/auth/actors.ts";
import { actorOfTicket } from "@pult/api/auth/ticket.ts";
import type { Context, Deps } from "@pult/api/context.ts";
import { DomainError } from "@pult/api/errors.ts";
import type { Call } from "../gateway.ts";

/** What services are called with for a request of this caller. */
export const contextOf = (deps: Deps, { request, actor, ip }: Pick<Call, "request" | "actor" | "ip">): Context => ({
  ...deps,
  actor,
  ip,
  userAgent: request.headers["user-agent"] ?? "",
});

/** @param secure https: the cookie is for this host alone */
export const cookieName = (name: string, secure: boolean): string => (secure ? `__Host-${name}` : name);

/**
 * A `Set-Cookie`. Lax, because the way back from a sign-in elsewhere begins on another site.
 * @param life `Expires=…` or `Max-Age=…`
 */
export function cookie(name: string, value: string, { life, secure }: { life: string; secure: boolean }): string {
  const parts = [`${cookieName(name, secure)}=${value}`, "Path=/", "HttpOnly", "SameSite=Lax"];
  return [...parts, ...(secure ? ["Secure"] : []), life].join("; ");
}

const SESSION = "pult_session";

/** What sets an agent's session cookie; without a token, what clears it. */
export function sessionCookie(
  token: string | null,
  { expiresAt, secure }: { expiresAt: Date | null; secure: boolean },
): string {
  const life = token && expiresAt ? `Expires=${expiresAt.toUTCString()}` : "Max-Age=0";
  return cookie(SESSION, token ?? "", { life, secure });
}

/** A token that may stand behind the word of its scheme. */
export const bareToken = (text: string): string => /^Bearer\s+(\S+)$/i.exec(text.trim())?.[1] ?? text;

/** The token in a header: `Authorization: Bearer`, else `X-API-Key`. */
export function headerToken({ headers }: Pick<IncomingMessage, "headers">): string | null {
  if (headers.authorization) return bareToken(headers.authorization);
  const key = headers["x-api-key"];
  return typeof key === "string" && key !== "" ? key : null;
}

/** Whose token it is; anonymous without one. @throws DomainError `UNAUTHORIZED` for a wrong one */
export async function identifyToken(deps: AuthDeps, token: string | null, audience: Audience): Promise<Actor> {
  return token === null ? { kind: "anonymous" } : actorOfToken(deps, token, audience);
}

/** Who calls, and how to find that out again. */
export interface Identified {
  actor: Actor;
  /** @throws DomainError `UNAUTHORIZED` when the token or session has ended */
  again(): Promise<Actor>;
}

/** Who opens a socket: by the one-time ticket in its address, else as `shown` finds. @throws DomainError `UNAUTHORIZED` */
export async function identifyHandshake(
  deps: AuthDeps,
  ticket: string | null,
  shown: () => Promise<Actor>,
): Promise<Identified> {
  if (ticket !== null) return actorOfTicket(deps, ticket);
  return { actor: await shown(), again: shown };
}

/**
 * Who calls: by token, else, where cookies count, by the session cookie. An ended session is anonymous, so that a browser can sign in again.
 * @throws DomainError `UNAUTHORIZED` for a wrong token
 */
export async function identify(
  deps: AuthDeps,
  request: Pick<IncomingMessage, "headers">,
  rules: { audience: Audience; cookies: boolean; secure: boolean },
): Promise<Actor> {
  const token = headerToken(request);
  if (token !== null || !rules.cookies) return identifyToken(deps, token, rules.audience);
  const session = readCookie(request.headers.cookie, cookieName(SESSION, rules.secure));
  if (!session) return { kind: "anonymous" };
  try {
    const actor = await actorOfSession(deps, session);
    return actor.kind === "agent" ? actor : { kind: "anonymous" };
  } catch (error) {
    if (error instanceof DomainError) return { kind: "anonymous" };
    throw error;
  }
}

export function readCookie(header: string | undefined, name: string): string | null {
  for (const part of (header ?? "").split(";")) {
    const at = part.indexOf("=");
    if (at > 0 && part.slice(0, at).trim() === name) return part.slice(at + 1).trim();
  }
  return null;
}
