import { type Actor, type Customer, identityOf } from "../actor.ts";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { malformed, requestError } from "../errors.ts";
import { isStorable, storableText } from "../storable.ts";
import { supportError } from "./errors.ts";
import { CHANNELS, type Source } from "./schema.ts";
import { lineOf } from "./text.ts";
import type { CustomerRef } from "./write.ts";

/**
 * The customer a call is about: the caller, or, for a key with the scope, the app customer it names.
 * @throws DomainError `UNAUTHORIZED` for anonymous callers, `FORBIDDEN` for agents, keys without the scope and customers who name another,
 * `VALIDATION` for a key that names no customer
 */
export function customerOf(
  ctx: Pick<Context, "actor">,
  input: { userId?: string | undefined; userName?: string | undefined },
  access: "read" | "write",
): Customer {
  const { actor } = ctx;
  if (actor.kind === "customer") return ownCustomer(actor, input);
  requireStaff(actor, `support:${access}`);
  if (actor.kind !== "apiKey") throw requestError("customersOnly");
  if (!input.userId) throw malformed("userId: name the customer this is for");
  return appCustomer(input.userId, input.userName ?? null);
}

function ownCustomer(actor: Customer, input: { userId?: string | undefined; userName?: string | undefined }): Customer {
  if (input.userId !== undefined && input.userId !== actor.externalId) throw supportError("otherCustomer");
  return input.userName && actor.namespace === "app" ? { ...actor, name: input.userName } : actor;
}

/**
 * A customer of the `app` namespace, as its server or (with `LEGACY_AUTH=open`) its bare id names them.
 * @throws DomainError `VALIDATION` for an id that cannot be kept
 */
export function appCustomer(externalId: string, name: string | null): Customer {
  if (!isStorable(externalId)) throw malformed("userId: not a text that can be kept");
  return { kind: "customer", namespace: "app", externalId, name, username: null, languageCode: null };
}

/** Who may attach an uploaded photo. */
export function uploaderOf(actor: Actor): string {
  if (actor.kind === "anonymous") throw requestError("signInRequired");
  return actor.kind === "apiKey" ? `key:${actor.keyId}` : (identityOf(actor) ?? "system");
}

/** How a message came in when its endpoint does not say: only our own Mini App has sessions for customers. */
export const sourceOf = ({ proof }: Customer): Source => (proof?.kind === "session" ? "miniApp" : "app");

/** @throws DomainError `FORBIDDEN` for a customer whose namespace has no channel */
export function refOf({ namespace, externalId, name, username, languageCode }: Customer): CustomerRef {
  const channel = CHANNELS.find((one) => one === namespace);
  if (!channel) throw supportError("noChannel");
  return {
    channel,
    externalId,
    name: lineOf(name),
    username: lineOf(username),
    languageCode: languageCode && storableText(languageCode),
  };
}
