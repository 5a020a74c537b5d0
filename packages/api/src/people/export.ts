import { auditLog, oneTimeTokens, passkeys } from "@pult/db/schema/auth.ts";
import { asc, inArray } from "drizzle-orm";
import { recordAudit } from "../auth/audit.ts";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import type { ExportTables } from "../slice.ts";
import { slices } from "../slices.ts";
import { isByPerson, mentionsOf } from "./audit-references.ts";
import { lockPersonRecord, type PersonRecord, readPersonRecord } from "./person-record.ts";

/** Where each table of accounts that knows a person stands in the export. Those that are left out say why. */
export const ACCOUNT_EXPORT_TABLES: ExportTables = {
  people: { path: "people" },
  identities: { path: "identities" },
  credentials: { path: "account" },
  sessions: { path: "sessions" },
  passkeys: { path: "passkeys" },
  person_merges: { path: "merges" },
  one_time_tokens: { path: "oneTimeTokens" },
  audit_log: { path: "audit" },
  backup_codes: { reason: "Hashes of secrets, and nothing else" },
};

/**
 * Everything about a person, in one piece, without secrets: with those who were merged into them, what every slice knows, and what the
 * audit log tells of them.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` also when the person's role is more than the caller holds, `NOT_FOUND`, `CONFLICT` for a
 * person who was merged into another
 */
export async function exportPerson(ctx: Context, { personId }: { personId: string }) {
  const staff = requireStaff(ctx.actor, "auth:write");
  for (const { personalData } of slices) requireStaff(ctx.actor, personalData.readScope);
  await ctx.db.transaction((tx) => lockPersonRecord(tx, staff, personId));
  const record = await readPersonRecord(ctx.db, personId);
  const [accounts, ...parts] = await Promise.all([
    exportAccounts(ctx, record),
    ...slices.map(({ personalData }) => personalData.export(ctx, record.references)),
  ]);
  await recordAudit(ctx.db, ctx, { action: "auth.personExported", target: { kind: "person", id: personId } });
  return Object.assign({ exportedAt: ctx.now(), ...accounts }, ...(parts as Record<string, unknown>[]));
}

async function exportAccounts({ db }: Context, record: PersonRecord) {
  const { inAudit } = record;
  const { personIds } = inAudit;
  const [keys, tokens, audit] = await Promise.all([
    db
      .select({ name: passkeys.name, createdAt: passkeys.createdAt, lastUsedAt: passkeys.lastUsedAt })
      .from(passkeys)
      .where(inArray(passkeys.personId, [...personIds])),
    db
      .select({
        purpose: oneTimeTokens.purpose,
        createdAt: oneTimeTokens.createdAt,
        expiresAt: oneTimeTokens.expiresAt,
        usedAt: oneTimeTokens.usedAt,
      })
      .from(oneTimeTokens)
      .where(inArray(oneTimeTokens.personId, [...personIds])),
    db.select().from(auditLog).where(mentionsOf(inAudit)).orderBy(asc(auditLog.id)),
  ]);
  return {
    people: record.people,
    identities: record.identities,
    account: record.credentials.map(({ passwordHash: _, totpSecret: __, ...account }) => account),
    sessions: record.sessions.map(({ tokenHash: _, ...session }) => session),
    passkeys: keys,
    oneTimeTokens: tokens,
    merges: record.merges,
    // Another person's address and device are not about this one.
    audit: audit.map((entry) => (isByPerson(inAudit, entry) ? entry : { ...entry, ip: "", userAgent: "" })),
  };
}
