import { z } from "zod";
import { PROTOCOLS, SCOPE_DOMAINS, type TokenAudience } from "../domains.ts";
import { instant } from "../instant.ts";
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
export const scope = z.union([
  z.literal("*"),
  z.templateLiteral([z.enum(SCOPE_DOMAINS), ":", z.enum(["read", "write"])]),
]);
export type Scope = z.infer<typeof scope>;

/** The signed-in caller. `kind` says how they are authenticated. */
export interface Me {
  kind: "agent" | "customer" | "apiKey";
  id: string;
  name: string;
  email: string | null;
  role: Role;
  /** What the role is called: a custom role's name, else that of `role`. */
  roleName: string;
  permissions: Permission[];
  /** Their scopes, as API keys have them; none for customers. */
  scopes: Scope[];
  /** Set for customers. */
  namespace: Namespace | null;
  /** What the workspace is called on screens. */
  workspace: string;
}

export const createApiKeyInput = z.object({
  name: z.string().trim().min(1).max(100).refine(isStorable, "No NUL or half characters"),
  scopes: z.array(scope).min(1).max(20),
  expiresAt: instant.optional(),
  /** Where it is to be less than the installation's limit; for a key that makes one, than its own. */
  limitPerMinute: z.int().min(1).max(1_000_000).optional(),
});
export type CreateApiKeyInput = z.infer<typeof createApiKeyInput>;

/** A key as lists show it. */
export interface ApiKey {
  id: string;
  name: string;
  /** First characters, by which its owner knows it again. */
  hint: string;
  scopes: Scope[];
  /** Calls a minute; null for the installation's limit. */
  limitPerMinute: number | null;
  /** The agent who made it, or the key that did. Null for keys of the installation, and for a creator who is gone. */
  createdByName: string | null;
  createdAt: string;
  expiresAt: string | null;
  /** To the minute. */
  lastUsedAt: string | null;
  revokedAt: string | null;
}

/** Each token is good for one documented protocol. */
export const TOKEN_AUDIENCES = Object.keys(PROTOCOLS) as [TokenAudience, ...TokenAudience[]];
export const tokenAudience = z.enum(TOKEN_AUDIENCES);

export const socketTokenInput = z.object({
  audience: tokenAudience,
  /** For a server's key: the app user the token is for, and their name. */
  userId: z.string().min(1).max(128).refine(isStorable, "No NUL or half characters").optional(),
  name: z.string().max(128).refine(isStorable, "No NUL or half characters").optional(),
});
export type SocketTokenInput = z.infer<typeof socketTokenInput>;

/** What a client hears of its own session: who it is now, again when that changes, and its end. */
export type SessionEvent =
  | {
      type: "session";
      me: Me;
      /** When to sign in again; null for keys that do not expire by themselves. */
      expiresAt: string | null;
    }
  | { type: "ended"; reason: "signedOut" | "unauthorized" };
