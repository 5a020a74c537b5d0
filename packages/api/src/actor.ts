import type { Namespace, Permission, Role, Scope } from "./auth/schema.ts";

/** The caller. `anonymous` has no rights. */
export type Actor =
  | { kind: "anonymous" }
  | {
      kind: "agent";
      personId: string;
      name: string;
      email: string;
      role: Role;
      /** The name of their custom role, else of `role`. */
      roleName: string;
      permissions: Permission[];
      scopes: Scope[];
      sessionId: string;
      /** When this session was last re-authenticated; absent where it never was. @see requireConfirmed */
      confirmedAt?: Date;
      /** When they have to sign in again at the latest. */
      expiresAt: Date;
    }
  | Customer
  | {
      kind: "apiKey";
      /** `bootstrap` for `PULT_ADMIN_KEY`. */
      keyId: string;
      name: string;
      scopes: Scope[];
      /** Calls a minute, where the key has a limit of its own. */
      limitPerMinute?: number;
      expiresAt?: Date;
    }
  | { kind: "system" };

/** A customer, authenticated unless `LEGACY_AUTH=open` accepted a bare id. */
export interface Customer {
  kind: "customer";
  namespace: Namespace;
  externalId: string;
  name: string | null;
  username: string | null;
  languageCode: string | null;
  /** What authenticates them, where that can end. */
  proof?: CustomerProof;
}

/** A session of ours carries its rights; a token that the operator's server signed expires by itself. */
export type CustomerProof =
  | { kind: "session"; sessionId: string; personId: string; role: Role; permissions: Permission[]; expiresAt: Date }
  | { kind: "token"; expiresAt: Date };

/** `agent:<person id>` or `<namespace>:<external id>`; null for the anonymous and for keys, which act for servers. */
export function identityOf(actor: Actor): string | null {
  if (actor.kind === "agent") return `agent:${actor.personId}`;
  return actor.kind === "customer" ? `${actor.namespace}:${actor.externalId}` : null;
}
