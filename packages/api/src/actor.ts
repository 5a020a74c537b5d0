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

/** A customer, authenticated unless `LEGACY_AUTH=open` accepted a bare id, or a server's key speaks for them. */
export interface Customer {
  kind: "customer";
  namespace: Namespace;
  externalId: string;
  name: string | null;
  username: string | null;
  languageCode: string | null;
  /** What authenticates them, where that can end. */
  proof?: CustomerProof;
  /** Named by a bare id alone: they read what is public, and are told nothing of the customer with that id. @see isUnproven */
  isUnproven?: true;
}

/** A session of ours carries its rights; a token that the operator's server signed expires by itself. */
export type CustomerProof =
  | { kind: "session"; sessionId: string; personId: string; role: Role; permissions: Permission[]; expiresAt: Date }
  | { kind: "token"; expiresAt: Date };

/** Whose requests they are: `key:<id>` for a key, else as `identityOf`. */
export const actorKeyOf = (actor: Actor): string =>
  actor.kind === "apiKey" ? `key:${actor.keyId}` : (identityOf(actor) ?? actor.kind);

/** Whether the actor is a customer who has only said which id is theirs. */
export const isUnproven = (actor: Actor): boolean => actor.kind === "customer" && actor.isUnproven === true;

/** Whose everything is that an unproven customer of this id leaves behind; no namespace has this name. */
export const unprovenKey = (externalId: string): string => `unproven:${externalId}`;

/**
 * `agent:<person id>` or `<namespace>:<external id>`, for unproven customers another key; null for the anonymous and for keys, which act
 * for servers.
 */
export function identityOf(actor: Actor): string | null {
  if (actor.kind === "agent") return `agent:${actor.personId}`;
  if (actor.kind !== "customer") return null;
  return isUnproven(actor) ? unprovenKey(actor.externalId) : `${actor.namespace}:${actor.externalId}`;
}
