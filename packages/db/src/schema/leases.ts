import { bigint, pgTable, text, timestamp } from "drizzle-orm/pg-core";

/** Work that one node does at a time. A row stays after its release, because its token must only grow. */
export const leases = pgTable("leases", {
  name: text("name").primaryKey(),
  /** The process that holds or held it, a random id. */
  owner: text("owner").notNull(),
  /** Fencing token: increases with each change of owner. */
  token: bigint("token", { mode: "number" }).notNull(),
  /** By the database's clock. */
  expiresAt: timestamp("expires_at", { withTimezone: true, mode: "date" }).notNull(),
});
