import type { Database, Transaction } from "@pult/db/database.ts";
import { auditLog } from "@pult/db/schema/auth.ts";
import type { Actor } from "../actor.ts";
import type { Context } from "../context.ts";
import type { AuditAction, AuditActor } from "./audit/schema.ts";

export interface AuditEntry {
  action: AuditAction;
  target?: { kind: string; id: string; name?: string | null };
  /** What else is worth knowing later; never a secret. */
  details?: object;
  /** Where it is not the caller: who signs in is anonymous until then. */
  actor?: AuditActor;
}

/** Adds to the record, in the transaction of what it records where there is one. */
export async function recordAudit(
  db: Database | Transaction,
  { actor, now, ip, userAgent }: Pick<Context, "actor" | "now" | "ip" | "userAgent">,
  entry: AuditEntry,
): Promise<void> {
  const by = entry.actor ?? auditActorOf(actor);
  await db.insert(auditLog).values({
    at: now(),
    action: entry.action,
    actorKind: by.kind,
    actorId: by.id,
    actorName: by.name,
    targetKind: entry.target?.kind ?? null,
    targetId: entry.target?.id ?? null,
    targetName: entry.target?.name ?? null,
    ip,
    userAgent: userAgent.slice(0, 500),
    details: entry.details ?? {},
  });
}

/** Customers stand there by their ids: what they are called is to be found nowhere but with them. */
export const customerInAudit = (namespace: string, externalId: string): AuditActor => ({
  kind: "customer",
  id: `${namespace}:${externalId}`,
  name: externalId,
});

export function auditActorOf(actor: Actor): AuditActor {
  switch (actor.kind) {
    case "agent":
      return { kind: "agent", id: actor.personId, name: actor.name };
    case "apiKey":
      return { kind: "apiKey", id: actor.keyId, name: actor.name };
    case "customer":
      return customerInAudit(actor.namespace, actor.externalId);
    case "system":
      return { kind: "system", id: null, name: "Pult" };
    case "anonymous":
      return { kind: "anonymous", id: null, name: "" };
  }
}
