import { bigint, pgTable, text } from "drizzle-orm/pg-core";
import { instant } from "./columns.ts";

/** Work that one node does at a time. A row stays after its release, because its token must only grow. */
export const leases = pgTable("leases", {
  name: text("name").primaryKey(),
  /** The process that holds or held it, a random id. */
  owner: text("owner").notNull(),
  /** Fencing token: increases with each change of owner. */
  token: bigint("token", { mode: "number" }).notNull(),
  /** By the database's clock. */
  expiresAt: instant("expires_at").notNull(),
});
