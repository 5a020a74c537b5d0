import type { Actor } from "../actor.ts";
import type { Context } from "../context.ts";
import { requestError } from "../errors.ts";
import { type ActorRef, type AuthDeps, actorOfRef, refOfActor } from "./actors.ts";
import { issueOneTime, takeOneTime } from "./one-time.ts";

const TICKET_MS = 30_000;

/**
 * A ticket that opens one socket as the caller, for browsers, which can set no headers on one: `?ticket=`. Good once, for 30 s.
 * @throws DomainError `UNAUTHORIZED` when anonymous
 */
export async function issueTicket(ctx: Context) {
  const ref = refOfActor(ctx.actor);
  if (!ref) throw requestError("signInRequired");
  const { token, expiresAt } = await issueOneTime(ctx.db, {
    purpose: "ticket",
    data: ref,
    now: ctx.now(),
    lifeMs: TICKET_MS,
  });
  return { ticket: token, expiresAt: expiresAt.toISOString() };
}

/**
 * The actor that a ticket authenticates. Consumes the ticket.
 * @returns the actor, and how to authenticate it again: the ticket cannot be used twice
 * @throws DomainError `UNAUTHORIZED`
 */
export async function actorOfTicket(
  deps: AuthDeps,
  ticket: string,
): Promise<{ actor: Actor; again(): Promise<Actor> }> {
  const taken = await takeOneTime(deps.db, { purpose: "ticket", token: ticket, now: deps.now() });
  if (!taken) throw requestError("unauthorized");
  const ref = taken.data as ActorRef;
  const again = () => actorOfRef(deps, ref);
  return { actor: await again(), again };
}
