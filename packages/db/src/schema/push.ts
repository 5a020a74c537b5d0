import { sql } from "drizzle-orm";
import { bigint, index, integer, jsonb, pgTable, text, uniqueIndex, uuid } from "drizzle-orm/pg-core";
import { person } from "./auth.ts";
import { instant } from "./columns.ts";

/** Devices that people have registered, each under one of their identities. */
export const pushSubscriptions = pgTable(
  "push_subscriptions",
  {
    id: uuid("id").primaryKey().defaultRandom(),
    personId: person("person_id"),
    namespace: text("namespace").notNull(),
    externalId: text("external_id").notNull(),
    /** `fcm` or `webpush`. */
    provider: text("provider").notNull(),
    /** FCM token, or the Web Push endpoint: the provider's address of this device. */
    token: text("token").notNull(),
    /** Web Push keys. */
    keys: jsonb("keys"),
    platform: text("platform").notNull(),
    /** As the app names the device, so that its new token replaces the old one. */
    deviceId: text("device_id"),
    /** An agent's session that registered it: the device ends with it. */
    sessionId: uuid("session_id"),
    registeredAt: instant("registered_at").notNull().defaultNow(),
    removedAt: instant("removed_at"),
    lastPushState: text("last_push_state"),
    lastPushStatus: integer("last_push_status"),
    lastPushReason: text("last_push_reason"),
    lastPushAt: instant("last_push_at"),
  },
  (t) => [
    uniqueIndex("push_subscriptions_token").on(t.provider, t.token),
    index("push_subscriptions_identity").on(t.namespace, t.externalId),
    index("push_subscriptions_person").on(t.personId),
    index("push_subscriptions_session").on(t.sessionId).where(sql`session_id is not null`),
  ],
);

/** Every attempt to hand a push to a provider, with its answer. */
export const pushAttempts = pgTable(
  "push_attempts",
  {
    id: bigint("id", { mode: "number" }).primaryKey().generatedAlwaysAsIdentity(),
    /** What it was about, as `<slice>.<thing>:<id>`; null for a test. */
    subject: text("subject"),
    subscriptionId: uuid("subscription_id").notNull(),
    /** The item of the outbox that it was made for; null for a test. */
    outboxId: bigint("outbox_id", { mode: "number" }),
    state: text("state").notNull(),
    /** HTTP status; null when the provider was out of reach. */
    providerStatus: integer("provider_status"),
    reason: text("reason"),
    attemptedAt: instant("attempted_at").notNull().defaultNow(),
  },
  (t) => [index("push_attempts_subject").on(t.subject), index("push_attempts_subscription").on(t.subscriptionId)],
);
