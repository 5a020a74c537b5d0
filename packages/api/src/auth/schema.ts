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

export const signInInput = z.object({
  email: z.email().max(254),
  /** 1 to 1,024 characters; longer is refused before it is hashed. */
  password: z.string().min(1).max(1024),
});
export type SignInInput = z.infer<typeof signInInput>;

/** The signed-in caller. `kind` says by which door. */
export const me = z.object({
  kind: z.enum(["agent", "customer", "apiKey"]),
  id: z.string(),
  name: z.string(),
  email: z.string().nullable(),
  role,
  permissions: z.array(permission),
  /** Set for customers. */
  namespace: namespace.nullable(),
  /** What the workspace is called on screens. */
  workspace: z.string(),
});
export type Me = z.infer<typeof me>;

export const miniAppInput = z.object({
  /** Telegram's `initData`, as received: URL-encoded query string, at most 4 KiB. */
  initData: z.string().min(1).max(4096),
});

export const miniAppSession = z.object({
  /** Opaque session token, used as Bearer and in `connectionParams`. */
  token: z.string(),
  expiresAt: z.iso.datetime(),
  user: z.object({
    id: z.string(),
    name: z.string(),
    username: z.string().nullable(),
    languageCode: z.string().nullable(),
  }),
});
export type MiniAppSession = z.infer<typeof miniAppSession>;

export const createApiKeyInput = z.object({
  name: z.string().trim().min(1).max(100).refine(isStorable, "No NUL or half characters"),
  scopes: z.array(scope).min(1).max(20),
  expiresAt: z.iso.datetime().optional(),
});
export type CreateApiKeyInput = z.infer<typeof createApiKeyInput>;

/** A key as lists show it. */
export const apiKey = z.object({
  id: z.uuid(),
  name: z.string(),
  scopes: z.array(scope),
  createdAt: z.iso.datetime(),
  expiresAt: z.iso.datetime().nullable(),
  /** To the minute. */
  lastUsedAt: z.iso.datetime().nullable(),
  revokedAt: z.iso.datetime().nullable(),
});
export type ApiKey = z.infer<typeof apiKey>;

/** An agent's sign-in on one browser. */
export const session = z.object({
  id: z.uuid(),
  /** The one that asks. */
  isCurrent: z.boolean(),
  userAgent: z.string(),
  ip: z.string(),
  createdAt: z.iso.datetime(),
  /** To the minute. */
  lastSeenAt: z.iso.datetime(),
  expiresAt: z.iso.datetime(),
});
export type Session = z.infer<typeof session>;

export const revokeSessionsInput = z.union([z.object({ id: z.uuid() }), z.object({ others: z.literal(true) })]);

export const teamMember = z.object({
  id: z.uuid(),
  name: z.string(),
  email: z.string(),
  role,
  createdAt: z.iso.datetime(),
  /** Set while he is kept out. */
  disabledAt: z.iso.datetime().nullable(),
  /** Follows the inbox now, on any node. */
  isOnline: z.boolean(),
});
export type TeamMember = z.infer<typeof teamMember>;

export const setRoleInput = z.object({ personId: z.uuid(), role });
export const setDisabledInput = z.object({ personId: z.uuid(), disabled: z.boolean() });
