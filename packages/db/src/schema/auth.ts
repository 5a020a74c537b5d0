import { boolean, index, pgTable, primaryKey, text, timestamp, uuid } from "drizzle-orm/pg-core";

const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });

/** Somebody: an agent, a customer, or both. What they may do hangs here. */
export const people = pgTable("people", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull(),
  role: text("role").notNull().default("User"),
  languageCode: text("language_code"),
  createdAt: instant("created_at").notNull().defaultNow(),
});

/** By which names somebody is known: (namespace, external id) pairs. */
export const identities = pgTable(
  "identities",
  {
    namespace: text("namespace").notNull(),
    externalId: text("external_id").notNull(),
    personId: uuid("person_id")
      .notNull()
      .references(() => people.id),
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
  disabledAt: instant("disabled_at"),
  createdAt: instant("created_at").notNull().defaultNow(),
});

/** Opaque sessions: SHA-256 of a 256-bit token. */
export const sessions = pgTable(
  "sessions",
  {
    tokenHash: text("token_hash").primaryKey(),
    id: uuid("id").notNull().defaultRandom().unique(),
    personId: uuid("person_id")
      .notNull()
      .references(() => people.id),
    /** `agent` (browser cookie) or `customer` (Mini App bearer). */
    kind: text("kind").notNull(),
    /** The identity a customer session speaks for. */
    namespace: text("namespace"),
    externalId: text("external_id"),
    userAgent: text("user_agent").notNull().default(""),
    ip: text("ip").notNull().default(""),
    createdAt: instant("created_at").notNull().defaultNow(),
    lastSeenAt: instant("last_seen_at").notNull().defaultNow(),
    expiresAt: instant("expires_at").notNull(),
    revokedAt: instant("revoked_at"),
  },
  (t) => [index("sessions_person").on(t.personId), index("sessions_expiry").on(t.expiresAt)],
);

export const apiKeys = pgTable("api_keys", {
  id: uuid("id").primaryKey().defaultRandom(),
  name: text("name").notNull(),
  keyHash: text("key_hash").notNull().unique(),
  scopes: text("scopes").array().notNull(),
  createdBy: uuid("created_by").references(() => people.id),
  createdAt: instant("created_at").notNull().defaultNow(),
  expiresAt: instant("expires_at"),
  lastUsedAt: instant("last_used_at"),
  revokedAt: instant("revoked_at"),
});
