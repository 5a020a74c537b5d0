import { auditLog, oneTimeTokens, passkeys } from "@pult/db/schema/auth.ts";
import { asc, inArray } from "drizzle-orm";
import { recordAudit } from "../auth/audit.ts";
import { requireStaff } from "../auth/permissions.ts";
import type { Context } from "../context.ts";
import { exportConversations } from "../support/personal-export.ts";
import { isByHim, tracesOf } from "./audit-traces.ts";
import { lockWholePerson, readWholePerson, type WholePerson } from "./whole-person.ts";

/** Where each table of accounts that knows a person stands in the export. Those that are left out say why. */
export const ACCOUNT_EXPORT_TABLES: Record<string, { path: string } | { reason: string }> = {
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

export type PersonExport = Awaited<ReturnType<typeof exportPerson>>;

/**
 * Everything about somebody, in one piece, without secrets: with those who have become part of him, his conversations, photos, devices and
 * what the audit log tells of him.
 * @throws DomainError `UNAUTHORIZED`, `FORBIDDEN` also when his role is more than the caller holds, `NOT_FOUND`, `CONFLICT` for somebody
 * who has become part of another
 */
export async function exportPerson(ctx: Context, { personId }: { personId: string }) {
  const staff = requireStaff(ctx.actor, "auth:write");
  requireStaff(ctx.actor, "support:read");
  await ctx.db.transaction((tx) => lockWholePerson(tx, staff, personId));
  const whole = await readWholePerson(ctx.db, personId);
  const { personIds } = whole.traces;
  const [desk, accounts] = await Promise.all([
    exportConversations(ctx, { personIds, identities: whole.identities }),
    exportAccounts(ctx, whole),
  ]);
  await recordAudit(ctx.db, ctx, { action: "auth.personExported", target: { kind: "person", id: personId } });
  return { exportedAt: ctx.now(), ...accounts, ...desk };
}

async function exportAccounts({ db }: Context, whole: WholePerson) {
  const { personIds } = whole.traces;
  const [keys, tokens, audit] = await Promise.all([
    db
      .select({ name: passkeys.name, createdAt: passkeys.createdAt, lastUsedAt: passkeys.lastUsedAt })
      .from(passkeys)
      .where(inArray(passkeys.personId, personIds)),
    db
      .select({
        purpose: oneTimeTokens.purpose,
        createdAt: oneTimeTokens.createdAt,
        expiresAt: oneTimeTokens.expiresAt,
        usedAt: oneTimeTokens.usedAt,
      })
      .from(oneTimeTokens)
      .where(inArray(oneTimeTokens.personId, [...personIds])),
    db.select().from(auditLog).where(tracesOf(whole.traces)).orderBy(asc(auditLog.id)),
  ]);
  return {
    people: whole.people,
    identities: whole.identities,
    account: whole.credentials.map(({ passwordHash: _, totpSecret: __, ...account }) => account),
    sessions: whole.sessions.map(({ tokenHash: _, ...session }) => session),
    passkeys: keys,
    oneTimeTokens: tokens,
    merges: whole.merges,
    // Where those sat who did something to him is not about him.
    audit: audit.map((entry) => (isByHim(whole.traces, entry) ? entry : { ...entry, ip: "", userAgent: "" })),
  };
}
