import { timestamp } from "drizzle-orm/pg-core";

/** A moment, to the microsecond in the database. */
export const instant = (name: string) => timestamp(name, { withTimezone: true, mode: "date" });
