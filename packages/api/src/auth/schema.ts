import { z } from "zod";
import { isStorable } from "../storable.ts";

/** Documented roles; Admin holds `all`, Moderator `mute` and `warn`, VIP and User none. @see PROTOCOL of the Mini App gateway */
export const ROLES = ["Admin", "Moderator", "VIP", "User"] as const;
export const role = z.enum(ROLES);
export type Role = z.infer<typeof role>;

export const PERMISSIONS = ["all", "mute", "warn"] as const;
export const permission = z.enum(PERMISSIONS);
export type Permission = z.infer<typeof permission>;

/** Identities are pairs; equal ids in two namespaces are two people until linked by proof. */
export const NAMESPACES = ["app", "telegram", "instagram", "wallet", "agent"] as const;
export const namespace = z.enum(NAMESPACES);
export type Namespace = z.infer<typeof namespace>;

/** API-key scopes: a domain with `:read` or `:write`, or `*`. `write` includes `read`. */
export const SCOPE_DOMAINS = ["support", "chats", "notifications", "trading", "auth"] as const;
export const scope = z.union([
  z.literal("*"),
  z.templateLiteral([z.enum(SCOPE_DOMAINS), ":", z.enum(["read", "write"])]),
]);
export type Scope = z.infer<typeof scope>;

/** The signed-in caller. `kind` says how they are authenticated. */
export const me = z.object({
  kind: z.enum(["agent", "customer", "apiKey"]),
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  role,
  /** What the role is called: a custom role's name, else that of `role`. */
  roleName: z.string(),
  permissions: z.array(permission),
  /** Their scopes, as API keys have them; none for customers. */
  scopes: z.array(scope),
  /** Set for customers. */
  namespace: namespace.nullable(),
  /** What the workspace is called on screens. */
  workspace: z.string(),
});
export type Me = z.infer<typeof me>;

export const createApiKeyInput = z.object({
  name: z.string().trim().min(1).max(100).refine(isStorable, "No NUL or half characters"),
  scopes: z.array(scope).min(1).max(20),
  expiresAt: z.iso.datetime().optional(),
  /** Where it is to be less than the installation's limit; for a key that makes one, than its own. */
  limitPerMinute: z.int().min(1).max(1_000_000).optional(),
});
export type CreateApiKeyInput = z.infer<typeof createApiKeyInput>;

/** A key as lists show it. */
export const apiKey = z.object({
  id: z.uuid(),
  name: z.string(),
  /** First characters, by which its owner knows it again. */
  hint: z.string(),
  scopes: z.array(scope),
  /** Calls a minute; null for the installation's limit. */
  limitPerMinute: z.int().nullable(),
  /** The agent who made it, or the key that did. Null for keys of the installation, and for a creator who is gone. */
  createdByName: z.string().nullable(),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  /** To the minute. */
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

/** Documented protocols that take a token in the address or the handshake; each token is good for one of them. */
export const TOKEN_AUDIENCES = ["miniApp", "chats", "notifications", "trading", "support"] as const;
export const tokenAudience = z.enum(TOKEN_AUDIENCES);
export type TokenAudience = z.infer<typeof tokenAudience>;

export const socketTokenInput = z.object({
  audience: tokenAudience,
  /** For a server's key: the app user the token is for, and their name. */
  userId: z.string().min(1).max(128).refine(isStorable, "No NUL or half characters").optional(),
  name: z.string().max(128).refine(isStorable, "No NUL or half characters").optional(),
});
export type SocketTokenInput = z.infer<typeof socketTokenInput>;

export const socketToken = z.object({ token: z.string(), expiresAt: z.iso.datetime() });
export type SocketToken = z.infer<typeof socketToken>;

export const socketTicket = z.object({ ticket: z.string(), expiresAt: z.iso.datetime() });
export type SocketTicket = z.infer<typeof socketTicket>;

/** What a client hears of its own session: who it is now, again when that changes, and its end. */
export const sessionEvent = z.discriminatedUnion("type", [
  z.object({
    type: z.literal("session"),
    me,
    /** When to sign in again; null for keys that do not expire by themselves. */
    expiresAt: z.iso.datetime().nullable(),
  }),
  z.object({ type: z.literal("ended"), reason: z.enum(["signedOut", "unauthorized"]) }),
]);
export type SessionEvent = z.infer<typeof sessionEvent>;
