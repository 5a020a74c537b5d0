import { auditLog } from "@pult/db/schema/auth.ts";
import { eq } from "drizzle-orm";
import type { Deps } from "../context.ts";

/** What was written down of an action, oldest first. */
export const listAudit = ({ db }: Pick<Deps, "db">, action: string) =>
  db.select().from(auditLog).where(eq(auditLog.action, action)).orderBy(auditLog.id);
