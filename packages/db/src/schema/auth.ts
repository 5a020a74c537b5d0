import { sql } from "drizzle-orm";
import {
  type AnyPgColumn,
  bigint,
  boolean,
  index,
  integer,
  jsonb,
  pgTable,
  primaryKey,
  text,
  uuid,
} from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Roles that Admins name themselves, beside the four documented ones. */
export const customRoles = pgTable("custom_roles", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull().unique(),
  /** Documented permission strings: `mute`, `warn`. */
  permissions: text("permissions").array().notNull(),
  /** What its holders may do over the API, in the words of API keys. */
  scopes: text("scopes").array().notNull(),
  createdAt: instant("created_at").notNull().defaultNow(),
});

/** An agent, a customer, or both, with their role. */
export const people = pgTable("people", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull(),
  role: text("role").notNull().default("User"),
  /** Says what an agent may do in the place of `role`, which is `User` then. */
  customRoleId: uuid("custom_role_id").references(() => customRoles.id),
  languageCode: text("language_code"),
  /** Whose identities and conversations this one's have become. */
  mergedIntoId: uuid("merged_into_id").references((): AnyPgColumn => people.id),
  createdAt: instant("created_at").notNull().defaultNow(),
});

/** A column that names a person. */
export const person = (name: string) =>
  uuid(name)
    .notNull()
    .references(() => people.id);

/** A person's (namespace, external id) pairs. */
export const identities = pgTable(
  "identities",
  {
    namespace: text("namespace").notNull(),
    externalId: text("external_id").notNull(),
    personId: person("person_id"),
    username: text("username"),
    /** The owner has proven it once: signed init data, a token, or a message through the bot. */
    proven: boolean("proven").notNull().default(false),
    createdAt: instant("created_at").notNull().defaultNow(),
  },
  (t) => [primaryKey({ columns: [t.namespace, t.externalId] }), index("identities_person").on(t.personId)],
);

/** How an agent signs in. */
export const credentials = pgTable("credentials", {
  personId: uuid("person_id")
    .primaryKey()
    .references(() => people.id),
  /** Lower case. */
  email: text("email").notNull().unique(),
  /** argon2id, PHC string. */
  passwordHash: text("password_hash").notNull(),
  passwordChangedAt: instant("password_changed_at").notNull().defaultNow(),
  disabledAt: instant("disabled_at"),
  /**
   * The Telegram user who may sign in as the agent, linked by the agent. Not an identity: those move when people are merged, and a merge
   * must not grant sign-in.
   */
  telegramId: text("telegram_id").unique(),
  telegramUsername: text("telegram_username"),
  /** TOTP secret, sealed; asked for at sign-in once `totpEnabledAt` is set. */
  totpSecret: text("totp_secret"),
  totpEnabledAt: instant("totp_enabled_at"),
  /** Time step of the newest code that was used: it and older ones are used up. */
  totpLastStep: bigint("totp_last_step", { mode: "number" }),
  /** Wrong passwords and codes since the last right ones. */
  failedAttempts: integer("failed_attempts").notNull().default(0),
  /** No password or code is looked at before; without a lock, when the last wrong one was. */
  lockedUntil: instant("locked_until"),
  createdAt: instant("created_at").notNull().defaultNow(),
});

/** Wrong passwords for unknown e-mails, counted as for agents, so that the answers do not reveal who is one. Kept for a day. */
export const strangerSignIns = pgTable(
  "stranger_sign_ins",
  {
    /** SHA-256: what was typed stays private. */
    emailHash: text("email_hash").primaryKey(),
    failedAttempts: integer("failed_attempts").notNull().default(0),
    lockedUntil: instant("locked_until").notNull(),
  },
  (t) => [index("stranger_sign_ins_locked").on(t.lockedUntil)],
);

/** Codes for an agent without their authenticator, each good once. */
export const backupCodes = pgTable(
  "backup_codes",
  {
    personId: person("person_id"),
    codeHash: text("code_hash").notNull(),
    usedAt: instant("used_at"),
  },
  (t) => [primaryKey({ columns: [t.personId, t.codeHash] })],
);

/** WebAuthn credentials. */
export const passkeys = pgTable(
  "passkeys",
  {
    /** Credential id, base64url. */
    id: text("id").primaryKey(),
    personId: person("person_id"),
    name: text("name").notNull(),
    /** COSE key, base64url. */
    publicKey: text("public_key").notNull(),
    signCount: bigint("sign_count", { mode: "number" }).notNull().default(0),
    transports: text("transports").array().notNull(),
    /** Synced between devices. */
    backedUp: boolean("backed_up").notNull().default(false),
    createdAt: instant("created_at").notNull().defaultNow(),
    lastUsedAt: instant("last_used_at"),
  },
  (t) => [index("passkeys_person").on(t.personId)],
);

/** Whatever may be shown once and not for long: invitations, resets, socket tickets, challenges. SHA-256 of a 256-bit token. */
export const oneTimeTokens = pgTable(
  "one_time_tokens",
  {
    tokenHash: text("token_hash").primaryKey(),
    /** So that an invitation can be listed and withdrawn without its token. */
    id: uuid("id").notNull().defaultRandom().unique(),
    purpose: text("purpose").notNull(),
    personId: uuid("person_id").references(() => people.id),
    data: jsonb("data").notNull(),
    createdBy: uuid("created_by").references(() => people.id),
    createdAt: instant("created_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    usedAt: instant("used_at"),
  },
  (t) => [index("one_time_tokens_purpose").on(t.purpose, t.expiresAt), index("one_time_tokens_expiry").on(t.expiresAt)],
);

/** Opaque sessions: SHA-256 of a 256-bit token. */
export const sessions = pgTable(
  "sessions",
  {
    tokenHash: text("token_hash").primaryKey(),
    id: uuid("id").notNull().defaultRandom().unique(),
    personId: person("person_id"),
    /** `agent` (browser cookie) or `customer` (Mini App bearer). */
    kind: text("kind").notNull(),
    /** How it was opened: `password`, `passkey`, `telegram`, `invitation`, `setUp`, `reset` or `miniApp`. */
    method: text("method").notNull().default("password"),
    /** The identity a customer session speaks for. */
    namespace: text("namespace"),
    externalId: text("external_id"),
    userAgent: text("user_agent").notNull().default(""),
    ip: text("ip").notNull().default(""),
    createdAt: instant("created_at").notNull().defaultNow(),
    lastSeenAt: instant("last_seen_at").notNull().defaultNow(),
    /** When its holder last authenticated as the agent, at sign-in or since. Null for customers. */
    confirmedAt: instant("confirmed_at"),
    expiresAt: instant("expires_at").notNull(),
    revokedAt: instant("revoked_at"),
  },
  (t) => [index("sessions_person").on(t.personId), index("sessions_expiry").on(t.expiresAt)],
);

export const apiKeys = pgTable("api_keys", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull(),
  keyHash: text("key_hash").notNull().unique(),
  /** First characters, by which its owner knows it again. */
  hint: text("hint").notNull().default(""),
  /** Calls a minute, where it is less than the installation's limit. */
  limitPerMinute: integer("limit_per_minute"),
  scopes: text("scopes").array().notNull(),
  createdBy: uuid("created_by").references(() => people.id),
  /** The key that made it, if one did: it ends with that one. */
  madeByKeyId: uuid("made_by_key_id").references((): AnyPgColumn => apiKeys.id),
  createdAt: instant("created_at").notNull().defaultNow(),
  expiresAt: instant("expires_at"),
  lastUsedAt: instant("last_used_at"),
  revokedAt: instant("revoked_at"),
});

/**
 * Who did what that others may ask about later. Rows are only ever added: a trigger refuses anything else unless
 * `pult.audit_retention` is `on` in the transaction, which retention and erasure set.
 */
export const auditLog = pgTable(
  "audit_log",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    at: instant("at").notNull().defaultNow(),
    /** Dotted, past tense: `auth.keyCreated`. */
    action: text("action").notNull(),
    /** `agent`, `customer`, `apiKey`, `system` or `anonymous`. */
    actorKind: text("actor_kind").notNull(),
    actorId: text("actor_id"),
    actorName: text("actor_name").notNull(),
    /** What it was done to: `person`, `apiKey`, `session`, `role`, `conversation`, `settings` … */
    targetKind: text("target_kind"),
    targetId: text("target_id"),
    targetName: text("target_name"),
    ip: text("ip").notNull().default(""),
    userAgent: text("user_agent").notNull().default(""),
    details: jsonb("details").notNull().default(sql`'{}'::jsonb`),
  },
  (t) => [
    index("audit_log_at").on(t.at, t.id),
    index("audit_log_action").on(t.action, t.id),
    index("audit_log_actor").on(t.actorId, t.id),
    index("audit_log_target").on(t.targetId, t.id),
  ],
);

/** What became of whom when two turned out to be one, so that it can be undone. */
export const personMerges = pgTable(
  "person_merges",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    keptId: person("kept_id"),
    mergedId: person("merged_id"),
    /** What was moved. */
    moved: jsonb("moved").notNull(),
    /** `agent` who decided, or `proof`. */
    reason: text("reason").notNull(),
    createdBy: uuid("created_by").references(() => people.id),
    createdAt: instant("created_at").notNull().defaultNow(),
    undoneAt: instant("undone_at"),
  },
  (t) => [index("person_merges_kept").on(t.keptId), index("person_merges_merged").on(t.mergedId)],
);
