import type { Transaction } from "@pult/db/database.ts";
import type { Actor } from "../actor.ts";
import { isStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { requestError } from "../errors.ts";
import { ensureIdentity } from "../people/identities.ts";
import type { NoticeKind, Reader } from "./kinds.ts";

/** The person whose list a call is about. */
export interface Owner {
  personId: string;
  reader: Reader;
}

const readerOf = ({ kind }: Actor): Reader => {
  if (kind === "agent") return "staff";
  if (kind === "customer") return "customer";
  throw requestError(kind === "anonymous" ? "signInRequired" : "peopleOnly");
};

/** The caller; a customer who was not seen yet becomes a person. @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` for keys */
export async function requireOwner({ actor }: Pick<Context, "actor">, tx: Transaction): Promise<Owner> {
  const reader = readerOf(actor);
  if (actor.kind === "agent") return { personId: actor.personId, reader };
  if (actor.kind === "customer") return { personId: await ensureIdentity(tx, actor), reader };
  throw requestError("peopleOnly");
}

/** Whether the actor can get notices of this kind. */
export function canGet(actor: Actor, { scope, defaults }: NoticeKind): boolean {
  if (!defaults[readerOf(actor)]) return false;
  return actor.kind !== "agent" || scope === undefined || isStaff(actor, scope);
}
